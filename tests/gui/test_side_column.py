"""The column of numbers: its lower panels are filled in a turn of their own."""

from __future__ import annotations

from dataclasses import replace

import helpers
import pytest
from PySide6.QtCore import QCoreApplication

from elvmass.boundaries import BOUNDARIES
from elvmass.model.importance import with_boundaries
from elvmass.record import Notice
from elvmass_gui.views.importance import WAITING
from elvmass_gui.views.side import SideColumn


@pytest.fixture
def side(window) -> SideColumn:
    return window.panels.side


def test_the_number_comes_at_once_and_the_lower_panels_in_the_next_turn(side) -> None:
    side.set_analysis(helpers.explained_analysis())
    assert side.result.mass.text() == "141 g"
    assert side.importance.state == ""
    assert side.criteria.state == side.model.state == WAITING
    QCoreApplication.processEvents()
    assert side.criteria.state == side.model.state == ""


def test_what_is_gone_before_its_turn_is_not_shown_any_more(side) -> None:
    side.set_analysis(helpers.explained_analysis())
    side.set_analysis(None)
    QCoreApplication.processEvents()
    assert side.criteria.state == side.model.state == WAITING
    assert not any(cell.text() for cells in side.criteria.cells for cell in cells)


def test_boundaries_drawn_before_that_turn_stay(side) -> None:
    made = helpers.explained_analysis()
    side.set_analysis(made)
    moved = replace(made.beat.fiducials, **{BOUNDARIES[3]: 108})
    side.show_boundaries(with_boundaries(made, moved))
    said = side.measurements.by_hand.text()
    assert said
    QCoreApplication.processEvents()
    assert side.measurements.by_hand.text() == said


def test_that_nothing_is_to_note_is_said_only_once_the_ecg_is_analysed(side) -> None:
    made = helpers.explained_analysis()
    record = replace(made.record, notices=())
    side.set_record(record, record.patient)
    side.show_state("On its way", "Follows")
    assert side.notices.state == "On its way"
    side.set_analysis(replace(made, estimate=replace(made.estimate, notices=())))
    assert "Nothing to note" in side.notices.state


def test_what_the_file_notes_does_not_wait_for_the_estimate(side) -> None:
    record = replace(helpers.explained_analysis().record, notices=(Notice("flat", "V2 is flat."),))
    side.set_record(record, record.patient)
    side.show_state("On its way", "Follows")
    assert side.notices.texts == ["V2 is flat."]
    assert side.notices.state == ""
