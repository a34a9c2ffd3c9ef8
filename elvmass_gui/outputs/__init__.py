"""What leaves the program: reports and pages as files or on paper, and reports made again.

``sheets`` whatever has pages · ``export`` files, ``printing`` printers · ``headless`` the same
without a window · ``side_file``, ``remake``, ``report_again`` the same report a second time ·
``output_choices`` and ``print_dialog`` what is asked first · ``saliency_export`` the map as a file.
"""
