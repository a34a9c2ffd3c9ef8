"""A cohort, by the same road as a single estimate, as the arrays that models learn from.

``dataset`` the table and the :class:`~elvmass.train.data.dataset.Cohort` · ``prepare_cohort`` reads
its ECGs, ``ecg_cache`` keeps them, ``measurements`` what is measured in them · ``flow`` which are
analysed · ``folds`` the splits, by patient.
"""
