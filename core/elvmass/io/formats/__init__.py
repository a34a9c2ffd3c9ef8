"""Readers of the formats: ``muse``, ``dicom``, ``scp`` ..., one module or package for each.

Each has ``FORMAT``, its name in words, and ``read(raw) -> Record``; where a library decodes, also
``LIBRARY_ERRORS``. None knows another: what they share stands beside this package.
:func:`elvmass.io.read` imports the one that a file needs.
"""
