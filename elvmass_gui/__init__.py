"""The viewer: it shows values that :mod:`elvmass` returns and computes nothing of its own.

The map, in the order in which a start runs through it::

    __main__      arguments; says what is missing before Qt does
    app           QApplication, theme, window; the window shows before anything heavy loads
    main_window   lays out and wires
    processes     a reader and an analyst beside the window; frozen requests and answers
    state         the only mutable state: open ECGs, corrections, analyses
    desks         each keeps one concern (tabs, page, what if, ...) in step with the state
    views         widgets: each has set_…(value) and signals of intent, nothing else
    painting      the one painter of screen, PDF, SVG and PNG, in the millimetres of geometry
    outputs       files and print, with or without a window
    lab           the windows for researchers
    commands settings messages   tables: commands, preferences, sentences for people
"""
