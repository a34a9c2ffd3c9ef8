"""The two child processes of the viewer, and how the window speaks with them.

``worker`` the child · ``jobs`` the window's side: one long-lived process per kind of work ·
``pipe`` messages between them · ``aside_requests`` questions beside the estimate, ``aside_lanes``
where the child answers them.
"""
