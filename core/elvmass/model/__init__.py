"""Networks, bundles, estimates and explanations.

``inputs`` defines what enters the network, ``net`` is the network, ``bundle`` the folder that holds
a trained one; ``estimate``, ``conformal`` and ``saliency`` answer, ``importance`` sums up.
``cards`` lists and chooses models without loading torch.
"""
