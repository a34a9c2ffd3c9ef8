"""The viewer: it shows values that :mod:`elvmass` returns and computes nothing of its own.

The map, in the order in which a start runs through it::

    __main__      arguments; says what is missing before Qt does
    app           QApplication, theme, window; the window shows before anything heavy loads
    main_window   lays out and wires
    session       the only mutable state: record, patient corrections, analysis
    jobs worker   two child processes, a reader and an analyst; frozen requests and answers
    asides        questions to the analyst beside the estimate: second model, what if, trials
    views         widgets: each has set_…(value) and signals of intent, nothing else
    painting      the one painter of screen, PDF, SVG and PNG
    export        the same pages without a window
    actions settings messages   tables: commands, preferences, sentences for people
"""
