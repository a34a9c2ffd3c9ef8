"""Desks: each keeps one concern of the window (tabs, page, boundaries, what if, ...) in step.

A desk hears the session and the views, asks the processes, and gives finished values back. Views
know no desk, desks know no other window than theirs.
"""
