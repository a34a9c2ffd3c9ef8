"""Clinical formulas: body size, indexed mass, thresholds of hypertrophy. numpy-free."""
