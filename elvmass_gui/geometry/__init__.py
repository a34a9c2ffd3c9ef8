"""ECG paper as numbers, without Qt.

``paper`` millimetres · ``shown`` what of a recording a page shows · ``calipers`` what is measured.
"""
