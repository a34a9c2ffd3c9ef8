"""One small experiment for all tests of what is said about it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from unit.experiment.toy_trial import SCORING, Loads, cohort, toy_trial

from elvmass.experiment.judged import Judged, judge
from elvmass.experiment.views import Site

#: A name that would break a page or a table if it were not escaped.
LABEL = "<b>ward & 'x' | \"y\"</b>"


@pytest.fixture(scope="session")
def judged(tmp_path_factory) -> Judged:
    made = cohort()
    named = replace(made, patients=tuple(f"SECRET{name}" for name in made.patients))
    outside = Site("<i>outside</i>", False, Loads(cohort(60, seed=7)))
    trial = toy_trial(
        tmp_path_factory.mktemp("toy"), label=LABEL, load=Loads(named), external=outside
    )
    return judge(trial, SCORING, "elvmass_model2")
