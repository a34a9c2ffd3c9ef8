"""What a training is told; neither torch nor a cohort, so that a window can show it.

``config`` the settings and their limits · ``presets`` named recipes: ours, the paper's, rivals'.
"""
