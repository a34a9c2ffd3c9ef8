"""Painters in millimetres: every function draws on a ``QPainter`` whose unit is 1 mm.

``ink`` colours, pens and text · ``trace`` polylines · ``grid`` ruled paper · ``ecg_page`` the
12-lead page, ``page_words`` what stands beside its traces, ``page_print`` the page alone on A4 ·
``calipers`` · ``magnifier`` · ``beat_layout`` and ``beat_panel`` the beat with its saliency ·
``mass_scale`` the interval · ``wording`` numbers as words · ``report`` the printed pages.
"""
