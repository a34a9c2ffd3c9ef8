"""How good estimates are, always beside something simpler.

``evaluate`` scores bundles beside baselines · ``metrics`` of grams, ``lvh`` of yes and no ·
``statistics`` is one model better? · ``recalibrate`` what a correction would gain ·
``segment_tables`` where in the beat the models look.
"""
