"""Networks, bundles, estimates and explanations.

``inputs`` defines what enters the network, ``net`` is the network, ``bundle`` the folder that holds
a trained one; ``estimate``, ``conformal`` and ``explain`` answer, ``importance`` sums up.
``ensemble`` holds the fold models of a bundle prepared, and beats that they have seen.
``keras`` makes bundles of LVM-AI's files. Without torch: ``cards`` reads and chooses models,
``library`` holds those of this machine.
"""
