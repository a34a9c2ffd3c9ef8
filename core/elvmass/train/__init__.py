"""Cross-validated training of model bundles, and their evaluation.

The rooms, each of which knows only those below it; rooms of one line do not know each other::

    cross_validation    fold models and the bundle that is made of them · what it was worth
    evaluation          figures of merit, hypertrophy, recalibration, segments: how good is it?
    rivals              methods without a network, on the same folds
    data  fitting       a cohort as arrays, its folds · one network fitted to arrays
    settings  runtime   what a training is told · where it runs, and what it leaves behind

Whoever trains starts at :mod:`elvmass.train.cross_validation.run`, whoever judges at
:mod:`elvmass.train.evaluation.evaluate`; both take the cohort of
:mod:`elvmass.train.data.prepare_cohort`.
"""
