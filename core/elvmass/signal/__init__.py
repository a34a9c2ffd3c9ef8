"""Signal room: filters, R peaks, beats, wave boundaries, measurements.

:func:`elvmass.signal.prepare.prepare` is the one entry; everything else is a stage of it.
"""
