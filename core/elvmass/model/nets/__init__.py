"""The networks: one module for each architecture, all with one signature.

``forward(waveform [n, 12, m] mV, features [n, k] z-scores) -> z [n]``, whatever lead order, unit
or scale the architecture works in inside. :mod:`elvmass.model.net` lists them by name.
"""
