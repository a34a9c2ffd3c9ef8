"""Painters in millimetres: every function draws on a ``QPainter`` whose unit is 1 mm.

``ink`` colours, pens and text · ``trace`` polylines · ``grid`` ruled paper · ``ecg_page`` the
12-lead page · ``beat_layout`` and ``beat_panel`` the beat with its saliency · ``mass_scale`` the
interval · ``wording`` numbers as words · ``report`` the printed pages.
"""
