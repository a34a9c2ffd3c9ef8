"""Every command of the program as a row of a table, and what is made from the tables.

``actions``, ``page_actions``, ``beat_actions`` the tables · ``command_bar`` menus and tool bar ·
``command_list`` rows for palette and overview of keys, ``fuzzy`` how they are found.
"""
