"""Where a training runs, and what it leaves behind. Nothing here knows what is trained.

``device`` processor and precision · ``distributed`` several processes that train one network ·
``progress`` how far it is, ``history`` what is written down of each epoch, ``journal`` its state on
the disk · ``atomic`` files that are never half written.
"""
