"""Rivals without a network: what a model of the beat must beat, on the same folds.

``rival`` is what they have in common, ``roster`` lists them; ``simple``, ``ridge``, ``boosting``
and ``profile`` (ecgAI-like) make them; ``rules`` judges cohorts by the ECG criteria of hypertrophy.
"""
