"""Cross-validated training of model bundles, and their evaluation.

``dataset`` reads a cohort table, ``folds`` splits it by patient, ``loop`` trains one network,
``run`` trains the fold models of a bundle, ``evaluate`` scores bundles beside simple baselines.
"""
