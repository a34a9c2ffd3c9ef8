"""A correction of boundaries in the life of an analysis, and where it is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import helpers
import numpy as np
from gui.beat_mouse import (
    carry,
    drag,
    hover,
    place,
    points,
    press,
    release,
)
from helpers import explained_analysis
from PySide6.QtCore import QPointF, Qt

from elvmass.choices import SignalOptions
from elvmass.model.importance import segment_importance, with_boundaries
from elvmass.record import Source
from elvmass_gui.painting.beat_content import BeatContent
from elvmass_gui.painting.beat_legend import legend_items
from elvmass_gui.painting.wording import warnings
from elvmass_gui.state.boundary_book import BoundaryBook


def test_it_survives_threshold_patient_and_method(beat, session, analyst) -> None:
    drag(beat, 100, 108)
    session.choose(replace(session.options, threshold="cmr_ukb_2017"))
    analyst.answer(replace(explained_analysis(session.record), saliency=None, importance=None))
    assert points(session)["qrs_off"] == 108
    expected = segment_importance(session.analysis.saliency, session.analysis.beat)
    np.testing.assert_array_equal(session.analysis.importance.share, expected.share)
    session.choose(replace(session.options, method="ig_zero"))
    assert points(session)["qrs_off"] == 108
    analyst.answer(explained_analysis(session.record))
    assert session.analysis.moved_ms == {"qrs_off": 32.0}
    session.correct(replace(session.record.patient, weight_kg=90.0))
    analyst.answer(explained_analysis(session.record))
    assert session.analysis.moved_ms == {"qrs_off": 32.0}


def test_another_beat_has_its_own_and_the_first_keeps_its(beat, session, analyst) -> None:
    drag(beat, 100, 108)
    made = explained_analysis(session.record)
    other = replace(made, beat=replace(made.beat, number=7, start_s=made.beat.start_s + 0.8))
    session.choose(replace(session.options, signal=SignalOptions(band="paper")))
    for _ in range(2):
        analyst.answer(other)
    assert session.analysis.automatic is None
    for _ in range(2):
        session.choose(replace(session.options, signal=SignalOptions()))
        analyst.answer(made)
    assert session.analysis.moved_ms == {"qrs_off": 32.0}


def test_another_ecg_begins_automatic(beat, session, analyst) -> None:
    drag(beat, 100, 108)
    other = replace(helpers.synthetic_record(), source=Source(Path("b.xml"), "test", "1" * 64))
    session.adopt(other)
    analyst.answer(explained_analysis(other))
    assert session.analysis.automatic is None


def test_other_automatic_boundaries_are_another_correction() -> None:
    book, made = BoundaryBook(), explained_analysis()
    book.put_in(made)
    book.keep(replace(made.beat.fiducials, t_off=190))
    assert book.put_in(made).moved_ms == {"t_off": 48.0}
    fiducials = replace(made.beat.fiducials, qrs_on=75)
    assert book.put_in(replace(made, beat=replace(made.beat, fiducials=fiducials))).moved_ms == {}
    assert not BoundaryBook().step(-1)


def test_only_a_method_of_segments_is_asked_anew(beat, session, analyst) -> None:
    count = len(analyst.requests)
    drag(beat, 100, 108)
    assert len(analyst.requests) == count
    session.choose(replace(session.options, method="occlusion"))
    assert analyst.last.options.boundaries == session.analysis.beat.fiducials
    drawn = with_boundaries(explained_analysis(session.record), session.analysis.beat.fiducials)
    analyst.answer(drawn)
    count = len(analyst.requests)
    drag(beat, 108, 110)
    assert len(analyst.requests) == count + 1
    assert analyst.last.options.explain
    assert analyst.last.options.boundaries.qrs_off == 110
    assert session.options.boundaries is None


def test_a_map_of_former_segments_is_not_carried_over(beat, session, analyst) -> None:
    session.choose(replace(session.options, method="occlusion"))
    analyst.answer(explained_analysis(session.record))
    drag(beat, 100, 108)
    session.choose(replace(session.options, threshold="cmr_ukb_2017"))  # before the new map came
    analyst.answer(replace(explained_analysis(session.record), saliency=None, importance=None))
    assert analyst.last.options.explain
    assert analyst.last.options.boundaries.qrs_off == 108


# --- said wherever it counts -----------------------------------------------------------------


def test_panel_table_and_report_say_by_hand(explained, beat, session) -> None:
    plain = session.analysis
    assert not any("hand" in text for text in warnings(plain))
    drag(beat, 100, 108)
    drawn = session.analysis
    content = BeatContent.of(drawn)
    legend = " ".join(item.text for item in legend_items(beat.sheet, content, 1.0))
    assert "boundaries by hand: QRS end +32 ms; dashed: automatic" in legend
    note = explained.panels.side.importance.note.text()
    assert note.endswith("Boundaries corrected by hand: QRS end +32 ms.")
    first = warnings(drawn)[0]
    assert first.startswith("Boundaries corrected by hand: QRS end +32 ms. This beat now has PR")
    assert "QRS 124 ms" in first
    assert first.endswith("The estimate does not rest on them.")


def test_without_p_its_boundaries_cannot_be_taken(beat, session, analyst, qtbot) -> None:
    made = explained_analysis(session.record)
    fiducials = replace(made.beat.fiducials, p_on=None, p_off=None)
    session.analyse()
    for _ in range(2):
        analyst.answer(replace(made, beat=replace(made.beat, fiducials=fiducials)))
    hover(beat, place(beat, 35))
    assert beat.cursor().shape() is Qt.CursorShape.ArrowCursor
    beat.beat_actions["boundary_next"].trigger()
    assert beat.accessibleDescription() == "QRS onset   QRS 92 ms, QT 404 ms"


def test_without_a_beat_there_is_nothing_to_move(window, qtbot) -> None:
    view = window.panels.beat
    assert not view.beat_actions["boundary_next"].isEnabled()
    press(view, QPointF(100, 100))
    carry(view, QPointF(120, 100))
    release(view, QPointF(120, 100))
    qtbot.keyClick(view, Qt.Key.Key_Right)
    view.reset()
