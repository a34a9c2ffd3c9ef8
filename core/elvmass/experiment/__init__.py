"""The paper's whole experiment, with rivals, on any cohort.

``rows`` declares what is trained, ``views`` shows it the cohort, ``conduct`` goes from row to row,
each a ``job`` that is kept in ``store``; ``portable`` carries rows to other machines, ``trial``
holds what came out, ``score`` judges it, ``tables`` and its neighbours lay it out beside the
figures of ``paper``, ``figures`` and ``page`` draw it, ``report`` writes it, ``summary`` compares
cohorts.
"""
