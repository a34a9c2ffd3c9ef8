"""Cross-validated training of model bundles, and their evaluation.

``dataset`` reads a cohort table, ``prepare_cohort`` its ECGs, ``flow`` says which are analysed,
``folds`` splits them by patient, ``loop`` trains one network, ``run`` the fold models of a bundle,
``evaluate`` scores bundles beside simple baselines.
"""
