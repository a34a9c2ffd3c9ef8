"""One network fitted to arrays; nothing here knows a cohort. Estimates depend on all of it.

``loop`` trains, from the network of ``architecture``, with ``augment``, ``losses`` and
``optimise``; before it, ``linear`` and ``kernel`` solve the network's closed-form paths.
"""
