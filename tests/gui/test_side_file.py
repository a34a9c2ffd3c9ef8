"""The side file: what it holds and hides, and that it makes the same report again."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import helpers
import pytest
from PySide6.QtWidgets import QDialog

import elvmass_resources
from elvmass import io, pipeline
from elvmass.beat import BeatKind
from elvmass.choices import SignalOptions
from elvmass.errors import BundleError, ConfigError, FileError, WriteError
from elvmass.pipeline import Options
from elvmass.record import Sex
from elvmass_gui import dialogs
from elvmass_gui.desks.output_desk import Outputs
from elvmass_gui.geometry.calipers import Caliper, CaliperKind, Point
from elvmass_gui.outputs import output_choices, report_again, side_file
from elvmass_gui.outputs.export import Target, export_report, render_image
from elvmass_gui.outputs.headless import Wish, export_again, export_file
from elvmass_gui.outputs.remake import remake
from elvmass_gui.painting.fit import A4, PAPERS
from elvmass_gui.painting.report_content import ReportContent, corrected_fields

pytestmark = pytest.mark.usefixtures("qapp")
poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is missing")


@pytest.fixture
def ecg(tmp_path: Path) -> Path:
    path = tmp_path / "ecg.xml"
    shutil.copy(elvmass_resources.path("examples", "simulated_man_normal.xml"), path)
    return path


@pytest.fixture(scope="module")
def chosen() -> ReportContent:
    """A report with everything otherwise than by default."""
    at = elvmass_resources.path("examples", "simulated_man_normal.xml")
    record = io.read(at)
    patient = replace(record.patient, age_years=66.5, height_cm=181.0)
    corrected = corrected_fields(patient, record.patient)
    record = replace(record, patient=patient)
    signal = SignalOptions(BeatKind.CHOSEN, 2, "monitor", "50")
    options = Options(signal, bsa_formula="mosteller", method="ig_zero")
    caliper = Caliper(CaliperKind.TIME, "II", Point(1.2, 0.1), Point(1.9, 0.25), "as recorded")
    analysis = pipeline.analyse(record, options)
    return ReportContent(
        record, analysis, None, 0.0, False, (caliper,), "one", options, corrected
    )  # fmt: skip


def exported(content: ReportContent, path: Path) -> dict:
    written = export_report(content, Target(path, PAPERS["letter"], side_file=True))
    assert written == (path, path.with_suffix(".json"))
    return json.loads(written[1].read_text("utf-8"))


def pictures(pdf: Path) -> bytes:
    command = ["pdftoppm", "-r", "100", str(pdf)]
    return subprocess.run(command, check=True, capture_output=True).stdout


# ---- what it holds ----------------------------------------------------------------------------


def test_it_holds_hashes_versions_settings_and_numbers(chosen, tmp_path) -> None:
    told = exported(chosen, tmp_path / "report.pdf")
    assert told["schema"] == "elvmass-report/1"
    assert told["ecg"]["sha256"] == chosen.record.source.sha256
    assert told["ecg"]["file"] == "simulated_man_normal.xml"
    assert told["model"]["sha256"] == chosen.analysis.estimate.card.sha256
    assert set(told["versions"]) >= {"elvmass", "torch", "numpy", "PySide6"}
    assert told["options"]["bsa_formula"] == "mosteller"
    assert told["options"]["signal"]["number"] == 2
    assert told["patient"]["changed"] == ["age_years", "height_cm"]
    assert told["patient"]["age_years"] == 66.5
    assert told["calipers"][0]["lead"] == "II"
    assert told["result"]["mass_g"] == round(chosen.analysis.estimate.mass_g, 2)
    assert sum(sum(g.values()) for g in told["result"]["importance"]["percent"].values()) > 99
    assert "Research use only" in told["notice"]


def test_it_holds_no_name_no_identifier_and_no_folder(chosen, tmp_path) -> None:
    patient = replace(chosen.record.patient, name="Secret, Ann", id="S-77")
    content = replace(chosen, record=replace(chosen.record, patient=patient))
    text = json.dumps(exported(content, tmp_path / "report.pdf"))
    for secret in ("Secret", "S-77", str(chosen.record.source.path.parent)):
        assert secret not in text, secret


def test_an_anonymous_one_names_neither_file_nor_date_nor_device(tmp_path) -> None:
    analysis = helpers.toy_analysis()
    patient = replace(analysis.record.patient, age_years=95.0)
    source = replace(analysis.record.source, path=Path("/a/Miller.xml"), device="device of Miller")
    record = replace(analysis.record, patient=patient, source=source)
    analysis = replace(analysis, record=record)
    card_scalars = {**analysis.estimate.scalars, "age_years": 95.0}
    analysis = replace(analysis, estimate=replace(analysis.estimate, scalars=card_scalars))
    content = ReportContent(record, analysis, anonymous=True, corrected=("age_years",))
    told = exported(content, tmp_path / "report.pdf")
    text = json.dumps(told)
    for secret in ("Miller", "Test", "T-1", "2026-03-04T", "95.0"):
        assert secret not in text, secret
    assert told["ecg"]["file"] is None
    assert told["patient"]["age_years"] == 90.0


def test_another_json_file_in_its_place_stops_the_export(chosen, tmp_path) -> None:
    ecg = tmp_path / "report.json"
    ecg.write_text('{"resourceType": "Observation"}')
    with pytest.raises(WriteError, match="no side file of a report"):
        export_report(chosen, Target(tmp_path / "report.pdf", A4, side_file=True))
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]
    assert "Observation" in ecg.read_text()


def test_an_older_side_file_of_ours_is_replaced(chosen, tmp_path) -> None:
    exported(chosen, tmp_path / "report.pdf")
    told = exported(replace(chosen, pages="detailed"), tmp_path / "report.pdf")
    assert told["pages"] == "detailed"


# ---- the same report again --------------------------------------------------------------------


@poppler
def test_the_same_report_comes_out_of_it(chosen, ecg, tmp_path) -> None:
    exported(chosen, tmp_path / "report.pdf")
    written, differences = export_again(tmp_path / "report.json", ecg, tmp_path / "again.pdf")
    assert differences == ()
    assert written == (tmp_path / "again.pdf",)
    assert pictures(tmp_path / "report.pdf") == pictures(tmp_path / "again.pdf")


@poppler
@pytest.mark.parametrize("pages", ["one", "detailed"])
def test_a_report_without_a_window_can_be_made_again(ecg, tmp_path, pages) -> None:
    wish = Wish(pages, "a4", side_file=True, anonymous=True)
    export_file(ecg, tmp_path / "report.pdf", wish)
    _, differences = export_again(tmp_path / "report.json", ecg, tmp_path / "again.pdf")
    assert differences == ()
    assert pictures(tmp_path / "report.pdf") == pictures(tmp_path / "again.pdf")


def test_numbers_and_reader_are_the_same_again(chosen, ecg, tmp_path) -> None:
    exported(chosen, tmp_path / "report.pdf")
    again = remake(tmp_path / "report.json", ecg)
    assert again.content.analysis.estimate.mass_g == chosen.analysis.estimate.mass_g
    assert again.content.options == replace(chosen.options, explain=True)
    assert again.content.calipers == chosen.calipers
    assert again.content.corrected == ("age_years", "height_cm")
    assert again.content.record.patient == chosen.record.patient
    assert render_image(again.content, 60) == render_image(chosen, 60)


def test_a_refused_ecg_gives_the_same_refusal(tmp_path) -> None:
    from elvmass.io.write.muse import write_muse

    record = helpers.synthetic_record()
    write_muse(replace(record, signal_mv=record.signal_mv * 0.0), tmp_path / "flat.xml")
    export_file(tmp_path / "flat.xml", tmp_path / "r.pdf", Wish("one", side_file=True))
    again = remake(tmp_path / "r.json", tmp_path / "flat.xml")
    assert again.content.analysis is None
    assert again.content.failure == json.loads((tmp_path / "r.json").read_text())["failure"]
    assert again.differences == ()


# ---- refusals and differences -----------------------------------------------------------------


@pytest.fixture
def side(chosen, tmp_path) -> Path:
    exported(chosen, tmp_path / "report.pdf")
    return tmp_path / "report.json"


def edit(side: Path, **changes: object) -> None:
    side.write_text(json.dumps(json.loads(side.read_text()) | changes))


def test_another_ecg_is_refused_with_both_hashes(side, tmp_path) -> None:
    other = elvmass_resources.path("examples", "simulated_woman_normal.xml")
    with pytest.raises(FileError, match="is not the ECG of this report") as caught:
        remake(side, other)
    assert "simulated_man_normal.xml" in str(caught.value)


def test_another_model_is_refused_by_name(side, ecg) -> None:
    edit(side, model={"name": "lost-model", "version": "7", "sha256": "cd" * 32})
    with pytest.raises(BundleError, match="lost-model, version 7"):
        remake(side, ecg)


def test_other_versions_and_numbers_are_told_and_the_report_is_made(side, ecg) -> None:
    told = json.loads(side.read_text())
    told["versions"]["torch"] = "1.0"
    told["result"]["mass_g"] += 5.0
    edit(side, versions=told["versions"], result=told["result"])
    again = remake(side, ecg)
    assert any(each.startswith("torch: 1.0 then") for each in again.differences)
    assert any(each.startswith("mass_g: ") for each in again.differences)
    assert len(again.differences) == 2


def test_an_estimate_where_there_was_none_is_refused(side, ecg) -> None:
    edit(side, model=None, result=None, failure="Lead V3 carries no signal.")
    with pytest.raises(ConfigError, match="held no estimate"):
        remake(side, ecg)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "elvmass-report/2"}', "\0\xff"])
def test_what_is_no_side_file_is_said_to_be_none(tmp_path, text) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(FileError, match="no side file"):
        side_file.read(path)


@pytest.mark.parametrize(
    "changes", [{"pages": 3}, {"options": {"loud": True}}, {"patient": {"sex": "?"}}, {"more": 1}]
)
def test_a_side_file_that_was_altered_names_the_place(side, changes) -> None:
    edit(side, **changes)
    with pytest.raises(FileError, match=r"report\.json: SideFile"):
        side_file.read(side)


def test_a_layout_of_another_version_is_refused(side, ecg) -> None:
    edit(side, pages="five")
    with pytest.raises(ConfigError, match="does not draw"):
        remake(side, ecg)


def test_a_missing_side_file_is_a_plain_error(tmp_path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        side_file.read(tmp_path / "no.json")


# ---- in the window ----------------------------------------------------------------------------


def test_the_ecg_beside_is_found_by_name_and_hash(side, ecg, tmp_path) -> None:
    told = side_file.read(side)
    assert report_again.beside(side, told) is None  # ecg.xml is not its name
    ecg.rename(tmp_path / "simulated_man_normal.xml")
    assert report_again.beside(side, told) == tmp_path / "simulated_man_normal.xml"
    (tmp_path / "simulated_man_normal.xml").write_text("changed")
    assert report_again.beside(side, told) is None
    elsewhere = replace(told, ecg=replace(told.ecg, file="../ecg.xml"))
    assert report_again.beside(side, elsewhere) is None


def test_the_window_makes_the_report_in_a_child_process(
    window, side, ecg, tmp_path, monkeypatch, qtbot
) -> None:
    out = tmp_path / "again.pdf"
    monkeypatch.setattr(dialogs, "ask_side_file", lambda *_: side)
    monkeypatch.setattr(dialogs, "ask_file", lambda *_: ecg)
    monkeypatch.setattr(dialogs, "ask_target", lambda *_: out)
    with qtbot.waitSignals([window.intents.said] * 2, timeout=60_000):
        window.commands.actions["report_again"].trigger()
    assert out.exists()
    assert window.statusBar().currentMessage().endswith("every number is as then.")


def test_the_window_says_why_the_report_cannot_be_made(
    window, side, ecg, tmp_path, monkeypatch, qtbot
) -> None:
    other = elvmass_resources.path("examples", "simulated_woman_normal.xml")
    monkeypatch.setattr(dialogs, "ask_side_file", lambda *_: side)
    monkeypatch.setattr(dialogs, "ask_file", lambda *_: other)
    monkeypatch.setattr(dialogs, "ask_target", lambda *_: tmp_path / "again.pdf")
    with qtbot.waitSignal(window.intents.failed, timeout=60_000):
        window.commands.actions["report_again"].trigger()
    assert "is not the ECG of this report" in window.message_bar.text.text()
    assert not (tmp_path / "again.pdf").exists()


def test_the_window_exports_what_was_chosen_and_remembers_it(
    window, analyst, tmp_path, monkeypatch, settings
) -> None:
    analysis = helpers.toy_analysis()
    window.session.adopt(analysis.record)
    corrected = replace(analysis.record.patient, sex=Sex.FEMALE)
    window.session.correct(corrected)
    analyst.answer(analysis)

    def choose(dialog: output_choices.ExportDialog) -> int:
        dialog.pages.setCurrentIndex(dialog.pages.findData("one"))
        return int(QDialog.DialogCode.Accepted)

    monkeypatch.setattr(output_choices.ExportDialog, "exec", choose)
    monkeypatch.setattr(dialogs, "ask_target", lambda *_: tmp_path / "a.pdf")
    window.commands.actions["export"].trigger()
    told = side_file.read(tmp_path / "a.json")
    assert told.pages == "one"
    assert told.options == replace(window.session.options, explain=True)
    assert told.patient.changed == ("sex",)
    assert settings._values["export/pages"] == "one"
    assert window.statusBar().currentMessage() == "Saved a.pdf, a.json"


def test_an_anonymous_export_suggests_a_neutral_name(window, analyst, monkeypatch) -> None:
    analysis = helpers.toy_analysis()
    window.session.adopt(analysis.record)
    analyst.answer(analysis)
    asked: list[Path] = []
    monkeypatch.setattr(dialogs, "ask_target", lambda _, path: asked.append(path))
    window.commands.actions["export_anonymous"].trigger()
    window.commands.actions["export"].trigger()
    assert [path.name for path in asked] == ["report.pdf", "synthetic_report.pdf"]
    assert isinstance(window.intents.outputs, Outputs)
