"""LVM-AI's published Keras files as bundles of ours; nothing in a file is executed.

``h5_file`` is the one door to them, ``graph`` makes steps of the network's graph, ``importing``
binds them to what an estimate needs, ``units`` tells in which unit such a network wants its ECG.
"""
