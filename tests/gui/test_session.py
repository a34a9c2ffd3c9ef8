"""The session: staged opening, stale answers, corrections, options, the folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import helpers
import numpy as np
import pytest

from elvmass.errors import CorruptFileError, FileError, SignalError, UnknownFormatError
from elvmass.record import Patient, Record, Source
from elvmass_gui.messages import WorkerError
from elvmass_gui.processes.worker import AnalyseRequest, Answer, ReadRequest
from elvmass_gui.state.session import Session


def at(path: Path) -> Record:
    record = helpers.synthetic_record()
    return replace(record, source=Source(path, "test"))


def analysed(session: Session, analyst) -> None:
    """Answer the quick and the full request."""
    quick = helpers.toy_analysis(analyst.last.record)
    analyst.answer(replace(quick, saliency=None, importance=None))
    analyst.answer(helpers.toy_analysis(analyst.last.record))


def test_a_file_is_read_first_and_shown_then(session, reader, qtbot) -> None:
    shown: list[Record] = []
    session.recordChanged.connect(shown.append)
    session.open(Path("a.xml"))
    assert reader.last == ReadRequest(reader.last.id, Path("a.xml"))
    assert not shown
    record = helpers.synthetic_record()
    reader.answer(record)
    assert shown == [record]
    assert session.record is record


def test_a_bad_file_keeps_the_present_ecg(session, reader, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    analysed(session, analyst)
    record, analysis = session.record, session.analysis
    errors: list[object] = []
    session.failed.connect(errors.append)
    session.open(Path("bad.xml"))
    error = CorruptFileError(Path("bad.xml"), "lead V3 is cut", "Export it again")
    reader.answer(error=error)
    assert errors == [error]
    assert session.record is record
    assert session.analysis is analysis


def test_the_number_comes_before_the_reasons(session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    assert isinstance(analyst.last, AnalyseRequest)
    assert not analyst.last.options.explain
    quick = helpers.toy_analysis(session.record)
    analyst.answer(replace(quick, saliency=None, importance=None))
    assert session.analysis.saliency is None
    assert analyst.last.options.explain
    analyst.answer(quick)
    assert session.analysis.saliency is not None
    assert len(analyst.requests) == 2


def test_the_analyst_has_its_work_before_the_views_change(session, analyst) -> None:
    asked: list[tuple[str, AnalyseRequest]] = []
    session.recordChanged.connect(lambda _: asked.append(("record", analyst.last)))
    session.patientChanged.connect(lambda _: asked.append(("patient", analyst.last)))
    session.analysisChanged.connect(lambda a: asked.append(("number" if a else "", analyst.last)))
    session.adopt(helpers.synthetic_record())
    quick = helpers.toy_analysis(session.record)
    analyst.answer(replace(quick, saliency=None, importance=None))
    session.correct(replace(session.record.patient, weight_kg=95.0))
    told = {name: request for name, request in asked if name}
    assert told["record"].record.patient.weight_kg == 78.0
    assert not told["record"].options.explain
    assert told["number"].options.explain
    assert told["patient"].record is session.record
    assert not told["patient"].options.explain


def test_stale_answers_are_dropped(session, reader, analyst) -> None:
    session.adopt(helpers.synthetic_record(bpm=60))
    old = analyst.last
    session.adopt(helpers.synthetic_record(bpm=90))
    analyst.answer(helpers.toy_analysis(old.record), to=old)
    assert session.analysis is None
    session.open(Path("a.xml"))
    first = reader.last
    session.open(Path("b.xml"))
    present = session.record
    reader.answer(helpers.synthetic_record(), to=first)
    assert session.record is present


def test_a_correction_makes_a_new_record_and_a_new_request(session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    analysed(session, analyst)
    before, changed = session.record, []
    session.patientChanged.connect(changed.append)
    session.correct(replace(before.patient, weight_kg=95.0))
    assert changed == [session.record]
    assert session.record is not before
    assert session.record.patient.weight_kg == 95.0
    assert session.original.weight_kg == 78.0
    assert analyst.last.record is session.record
    np.testing.assert_array_equal(analyst.last.record.signal_mv, before.signal_mv)


def test_the_same_patient_again_asks_nothing(session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    count = len(analyst.requests)
    session.correct(session.record.patient)
    assert len(analyst.requests) == count


def test_the_analysis_carries_the_record_on_the_screen(session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    analyst.answer(helpers.toy_analysis())  # around a copy, as from another process
    assert session.analysis.record is session.record


def test_another_limit_keeps_the_explanation(session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    analysed(session, analyst)
    saliency, count = session.analysis.saliency, len(analyst.requests)
    session.choose(replace(session.options, threshold="cmr_ukb_2017"))
    quick = helpers.toy_analysis(session.record)
    analyst.answer(replace(quick, saliency=None, importance=None))
    assert session.analysis.saliency is saliency
    assert len(analyst.requests) == count + 1


def test_another_mass_does_not_keep_the_explanation(session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    analysed(session, analyst)
    session.choose(replace(session.options, threshold="cmr_ukb_2017"))
    quick = helpers.toy_analysis(session.record)
    other = replace(quick.estimate, mass_g=quick.estimate.mass_g + 1)
    analyst.answer(replace(quick, estimate=other, saliency=None, importance=None))
    assert session.analysis.saliency is None
    assert analyst.last.options.explain


@pytest.mark.parametrize("error", [SignalError("asystole"), WorkerError("the analyst died")])
def test_without_an_estimate_the_ecg_stays(session, analyst, error) -> None:
    failed, busy = [], []
    session.analysisFailed.connect(failed.append)
    session.busyChanged.connect(busy.append)
    session.adopt(helpers.synthetic_record())
    analyst.answer(error=error)
    assert failed == [error]
    assert session.failure == str(error)
    assert session.record is not None
    assert busy[-1] == ""


def test_a_death_before_any_request_is_told(session, analyst) -> None:
    failed: list[object] = []
    session.analysisFailed.connect(failed.append)
    error = WorkerError("The analyst process ended unexpectedly")
    analyst.answered.emit(Answer(0, error=error))
    assert failed == [error]


def test_steps_skip_what_cannot_be_read(session, reader, tmp_path) -> None:
    for name in ("1.xml", "2.bin", "3.xml", "10.xml"):
        (tmp_path / name).write_text("x")
    skipped: list[object] = []
    session.skipped.connect(skipped.append)
    session.adopt(at(tmp_path / "1.xml"))
    session.step(+1)
    reader.answer(error=UnknownFormatError(reader.last.path, "is no ECG", ""))
    assert reader.last.path.name == "3.xml"
    damaged = CorruptFileError(reader.last.path, "is cut", "")
    reader.answer(error=damaged)
    assert reader.last.path.name == "10.xml"
    assert skipped == [damaged]
    reader.answer(at(tmp_path / "10.xml"))
    assert session.record.source.path.name == "10.xml"


def test_the_end_of_the_folder_is_said(session, reader, tmp_path) -> None:
    (tmp_path / "1.xml").write_text("x")
    said: list[str] = []
    session.noticed.connect(said.append)
    session.adopt(at(tmp_path / "1.xml"))
    session.step(+1)
    session.step(-1)
    assert said == ["This is the last file of the list.", "This is the first file of the list."]
    assert not reader.requests


def test_a_folder_that_has_gone_is_no_end_of_a_list(session, reader, tmp_path) -> None:
    folder = tmp_path / "visit"
    folder.mkdir()
    (folder / "1.xml").write_text("x")
    said: list[str] = []
    failed: list[FileError] = []
    session.noticed.connect(said.append)
    session.failed.connect(failed.append)
    session.adopt(at(folder / "1.xml"))
    (folder / "1.xml").unlink()
    session.step(+1)
    assert said == ["This is the last file of the list. 1.xml itself is no longer there."]
    folder.rmdir()
    session.step(+1)
    (error,) = failed
    assert error.path == folder
    assert "no longer there" in error.fact
    assert "open an ECG from elsewhere" in error.remedy
    assert len(said) == 1
    assert not reader.requests


def test_a_folder_that_cannot_be_listed_says_why(session, tmp_path, monkeypatch) -> None:
    def refuse(folder: Path) -> object:
        raise PermissionError(13, "Permission denied")

    failed: list[FileError] = []
    session.failed.connect(failed.append)
    session.adopt(at(tmp_path / "1.xml"))
    monkeypatch.setattr(Path, "iterdir", refuse)
    session.step(+1)
    assert "Permission denied" in failed[0].fact


def test_files_named_together_are_the_list(session, reader, tmp_path) -> None:
    first, second = tmp_path / "b.xml", tmp_path / "a.xml"
    session.worklist = (first, second)
    session.adopt(at(first))
    session.step(+1)
    assert reader.last.path == second


def test_two_quick_steps_go_two_files_on(session, reader, tmp_path) -> None:
    for name in ("1.xml", "2.xml", "3.xml"):
        (tmp_path / name).write_text("x")
    session.adopt(at(tmp_path / "1.xml"))
    session.step(+1)
    session.step(+1)
    assert reader.last.path.name == "3.xml"


def test_a_patient_correction_without_a_record_is_nothing(session, analyst) -> None:
    session.correct(Patient())
    assert not analyst.requests
