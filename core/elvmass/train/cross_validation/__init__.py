"""The fold models of a bundle: trained, scored on patients they have not seen, and written.

``run`` makes the bundle from each ``fold``, ``parallel`` side by side · ``held_out`` intervals
without one's own error · ``out_of_fold`` the scores again, from a bundle.
"""
