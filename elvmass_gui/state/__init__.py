"""What the viewer knows at a moment, and all that may change: no view, no dialog.

``session`` the one that everybody asks · ``open_ecgs`` the ECGs in their tabs, each a
``documents.Document`` · ``reading`` files on their way in · ``former`` what of an answer outlives
the next · ``boundary_book`` boundaries by hand · ``read_first`` and ``readings`` opinions before
the estimate · ``folder`` and ``recent`` which ECGs lie near.
"""
