"""The comparison window, its pages in true millimetres, and their export."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import helpers
import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QFileDialog

from elvmass.compare import compare
from elvmass.errors import CorruptFileError, SignalError
from elvmass.record import Record, Source
from elvmass_gui.outputs.export import export_page, render_image
from elvmass_gui.painting import report_blocks
from elvmass_gui.painting.compared_beats import OTHER_INK, from_r
from elvmass_gui.painting.comparison import _BEATS, ComparedPages
from elvmass_gui.painting.ink import BLACK

DPI = 254  # 10 px per mm


def at(name: str, years: float = 0.0, scale: float = 1.0) -> Record:
    record = helpers.synthetic_record(noise_mv=0.0)
    later = record.recorded_at + timedelta(days=365.25 * years)
    patient = replace(record.patient, age_years=61.0 + years)
    return replace(
        record,
        signal_mv=record.signal_mv * scale,
        source=Source(Path(name), "test", sha256=name),
        recorded_at=later,
        patient=patient,
    )


@pytest.fixture
def two(session, reader, analyst):
    """a.xml, recorded in 2026, and in front of it b.xml, recorded two years later."""
    session.adopt(at("a.xml"))
    finish(session, analyst)
    session.open_beside(Path("b.xml"))
    reader.answer(at("b.xml", years=2.0))
    finish(session, analyst)
    return session


def finish(session, analyst) -> None:
    for _ in range(2):
        analyst.answer(helpers.toy_analysis(session.record))


@pytest.fixture
def compared(window, two, qtbot):
    """The comparison of b.xml with a.xml."""
    window.commands.actions["compare"].trigger()
    made = window.comparisons.last.window
    qtbot.addWidget(made)
    return made


def test_compares_with_the_other_open_ecg_by_date(compared, window) -> None:
    found = compared.pages.comparison
    assert found.first.record.source.path.name == "a.xml"
    assert found.second.record.source.path.name == "b.xml"
    assert compared.present.text() == "b.xml"
    assert compared.others.currentText() == "a.xml"
    assert "change" in compared.pages.accessibleDescription()
    assert ComparedPages(found).inks == (OTHER_INK, BLACK)


def test_the_present_ecg_is_black_even_if_it_is_the_earlier_one(window, two, qtbot) -> None:
    two.switch(0)
    window.commands.actions["compare"].trigger()
    qtbot.addWidget(window.comparisons.last.window)
    found = window.comparisons.last.window.pages.comparison
    assert found.first.record.source.path.name == "a.xml"
    assert ComparedPages(found).inks == (BLACK, OTHER_INK)


def test_follows_a_correction(compared, two, analyst) -> None:
    two.correct(replace(two.record.patient, weight_kg=95.0))
    finish(two, analyst)
    codes = [each.code for each in compared.pages.comparison.cautions]
    assert "other_body" in codes


def test_a_file_is_opened_behind_and_waited_for(
    window, session, reader, analyst, monkeypatch, qtbot
) -> None:
    session.adopt(at("b.xml", years=2.0))
    finish(session, analyst)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: ("/x/a.xml", ""))
    window.commands.actions["compare"].trigger()
    made = window.comparisons.last.window
    qtbot.addWidget(made)
    assert made.state.text() == "The other ECG is being read …"
    assert not made.export.isEnabled()
    reader.answer(at("/x/a.xml"))
    assert session.record.source.path.name == "b.xml"
    assert made.state.text() == "a.xml: estimating …"
    analyst.answer(helpers.toy_analysis(analyst.last.record))
    assert made.pages.comparison.first.record.source.path.name == "a.xml"
    assert made.state.isHidden()


def test_a_file_that_cannot_be_read_or_estimated_is_said(
    window, session, reader, analyst, monkeypatch, qtbot
) -> None:
    session.adopt(at("b.xml"))
    finish(session, analyst)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: ("/x/a.xml", ""))
    window.commands.actions["compare"].trigger()
    made = window.comparisons.last.window
    qtbot.addWidget(made)
    reader.answer(error=CorruptFileError(Path("a.xml"), "lead V3 is cut", "Export it again"))
    assert made.state.text() == "a.xml: lead V3 is cut. Export it again."
    made.fileAsked.emit()
    reader.answer(at("/x/a.xml"))
    analyst.answer(error=SignalError("Lead V2 is flat"))
    assert made.state.text() == "a.xml: no estimate. Lead V2 is flat."
    assert made.pages.comparison is None


def test_closes_with_its_ecg_and_tells_of_the_other(compared, two) -> None:
    two.close(0)
    assert compared.state.text() == "It was closed."
    two.open_beside(Path("c.xml"))
    assert compared.isVisible()


def test_nothing_chosen_compares_nothing(window, session, analyst, monkeypatch) -> None:
    session.adopt(at("b.xml"))
    finish(session, analyst)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: ("", ""))
    window.commands.actions["compare"].trigger()
    assert window.comparisons.last is None


def test_export_without_names_writes_none(compared, tmp_path, monkeypatch) -> None:
    target = tmp_path / "out.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(target), ""))
    for button, named in ((compared.export, True), (compared.export_anonymous, False)):
        button.click()
        text = target.read_text("utf-8") + target.with_stem("out-2").read_text("utf-8")
        assert ("Test, Case" in text) is named
        assert ("2028-03-03" in text) is named


# --- the pages -------------------------------------------------------------------------------


def toy(scale: float = 1.0, years: float = 0.0):
    return helpers.toy_analysis(at(f"{scale}.xml", years, scale))


def inked(image: QImage, colour: str) -> np.ndarray:
    """[height, width] where the image has nearly this colour."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    wanted = QColor(colour)
    rgb = np.array([wanted.blue(), wanted.green(), wanted.red()])
    return (np.abs(raw[:, : image.width(), :3].astype(int) - rgb) < 60).all(axis=2)


def test_beats_lie_over_each_other_in_true_millimetres(qapp) -> None:
    """The R wave of V4 is 10 mm per mV tall in either ink, and both stand at the same place."""
    small, large = toy(0.5), toy(1.0, years=1.0)
    page = render_image(ComparedPages(compare(large, small)), DPI)
    v4 = slice(round(10 * (_BEATS.x + 3 * 27.5)), round(10 * (_BEATS.x + 3 * 27.5 + 25.0)))
    rows = slice(round(10 * (_BEATS.bottom - 55.0)), round(10 * _BEATS.bottom))  # no limb lead
    for analysis, ink in ((large, OTHER_INK), (small, BLACK)):
        seconds, leads = from_r(analysis.beat)
        v4_mv = leads[9]
        mask = inked(page, ink)[rows, v4]
        if ink == BLACK:
            mask[:60, :60] = False  # the lead's name
        found_y, found_x = np.nonzero(mask)
        top = np.nanmax(v4_mv)
        # From the tip of R to the tip of S.
        height_mm = (found_y.max() - found_y.min()) / 10.0
        assert height_mm == pytest.approx(10.0 * (top - np.nanmin(v4_mv)), abs=0.6)
        r_mm = found_x[found_y == found_y.min()].mean() / 10.0
        assert r_mm == pytest.approx(25.0 * (0.35 + seconds[np.nanargmax(v4_mv)]), abs=0.3)


def test_levels_meet_before_qrs() -> None:
    analysis = toy()
    moved = replace(analysis.beat, signal_mv=analysis.beat.signal_mv + 0.3)
    np.testing.assert_allclose(from_r(moved)[1], from_r(analysis.beat)[1], atol=1e-12)


def test_the_neighbouring_beats_are_left_out() -> None:
    beat = replace(toy().beat, valid_from=20, valid_to=200)
    _, leads = from_r(beat)
    assert np.isnan(leads[:, :20]).all()
    assert np.isnan(leads[:, 200:]).all()
    assert np.isfinite(leads[:, 20:200]).all()


def test_units_in_a_heading_keep_their_letters(qapp, monkeypatch) -> None:
    said: list[str] = []
    paint = report_blocks.draw_text
    monkeypatch.setattr(
        report_blocks, "draw_text", lambda *args: (said.append(args[3]), paint(*args))
    )
    render_image(ComparedPages(compare(toy(), helpers.toy_analysis())), 20)
    assert "ANALYSED BEATS, R OVER R" in said
    assert "25 mm/s   10 mm/mV" in said


def test_two_pages_of_pdf_keep_the_cautions(qapp, tmp_path) -> None:
    pages = ComparedPages(compare(toy(), helpers.toy_analysis()))
    (pdf,) = export_page(pages, tmp_path / "c.pdf")
    assert pdf.read_bytes().startswith(b"%PDF")
    first, second = export_page(pages, tmp_path / "c.svg")
    text = first.read_text("utf-8")
    assert "Comparison of two ECGs" in text
    assert "do not tell which ECG is the later one" in text
    assert "beat-to-beat noise" in text or "noise not known" in text
    assert "Not a medical device." in second.read_text("utf-8")


def test_read_first_hides_a_comparison_that_is_open(compared, window) -> None:
    mode = window.workflow.reading.mode
    mode.switch(True)
    assert compared.pages.comparison is None
    assert compared.state.text() == "b.xml: hidden until you have entered your reading."
    assert not compared.export.isEnabled()
    mode.switch(False)
    assert compared.pages.comparison is not None


def test_a_stopped_estimate_is_not_waited_for(compared, two) -> None:
    two.analyse()
    assert compared.state.text() == "b.xml: estimating …"
    two.cancel()
    assert "was stopped" in compared.state.text()


def test_the_pages_fit_into_the_window(compared) -> None:
    compared.show()
    assert compared.size() == compared.sizeHint()
