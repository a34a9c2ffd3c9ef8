"""Windows for researchers: training and models.

Heavy work runs in child processes that speak JSON lines (:mod:`elvmass_gui.lab.child`): the window
neither waits for them nor loads torch.
"""
