"""A simulated cohort: 12-lead ECGs whose left ventricular mass is known.

A design to test methods on, not evidence: nothing learned from it says anything about patients.
Body → mass → hypertrophy → seven channels → beat → leads → ten seconds with rhythm and noise.
"""
