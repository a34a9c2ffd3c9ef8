"""The panel "Why": method, view, trust and export, from the selector to the analyst and back."""

from __future__ import annotations

import errno
import json
import math
from dataclasses import replace
from pathlib import Path

import helpers
import numpy as np
import pytest
from helpers import explained_analysis
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QVBoxLayout, QWidget

from elvmass.errors import ConfigError, SignalError
from elvmass.model.cards import CardAt
from elvmass.model.explain import DEFAULT_METHOD, METHODS
from elvmass.model.explain.trust import CHECKS, MethodTrust, Trust, TrustFigure, write_trust
from elvmass.model.library import installed
from elvmass_gui import trust
from elvmass_gui.outputs.saliency_export import export_saliency
from elvmass_gui.views.contributions import NOT_GRAMS
from elvmass_gui.views.importance import EXPLAINING, ImportancePanel
from elvmass_gui.views.importance_table import DENSITY, SEED_LIKE, SHARE, VIEWS, values
from elvmass_gui.views.trust_badge import TrustBadge

# --- method ----------------------------------------------------------------------------------


def test_all_methods_are_offered_and_the_default_first(qtbot) -> None:
    panel = ImportancePanel()
    qtbot.addWidget(panel)
    keys = [panel.method.itemData(k) for k in range(panel.method.count())]
    assert keys[0] == panel.method.currentData() == DEFAULT_METHOD
    assert set(keys) == set(METHODS)
    assert panel.method.itemText(0) == METHODS[DEFAULT_METHOD].words
    tip = Qt.ItemDataRole.ToolTipRole
    assert all(panel.method.itemData(k, tip) == key for k, key in enumerate(keys))
    assert panel.method.accessibleName()
    assert panel.view.accessibleName()


def test_the_wheel_scrolls_past_the_selector(explained, analyst) -> None:
    box, count = explained.panels.side.importance.method, len(analyst.requests)
    box.clearFocus()
    at = QPointF(box.rect().center())
    wheel = QWheelEvent(
        at, QPointF(box.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, -120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
        False,
    )  # fmt: skip
    QApplication.sendEvent(box, wheel)
    assert box.currentData() == DEFAULT_METHOD
    assert len(analyst.requests) == count


def test_another_method_alone_asks_for_another_explanation(explained, session, analyst) -> None:
    count = len(analyst.requests)
    helpers.pick(explained.panels.side.importance.method, "ig_zero")
    assert len(analyst.requests) == count + 1
    assert analyst.last.options.method == "ig_zero"
    assert analyst.last.options.explain
    side = explained.panels.side
    assert side.result.mass.text() == "141 g"  # the number stays
    assert session.analysis.saliency is None  # the former reasons do not
    assert side.importance.state == EXPLAINING
    assert not side.importance.method.isHidden()
    assert not side.importance.badge.isHidden()
    made = explained_analysis(session.record)
    other = replace(made, saliency=replace(made.saliency, method="from a flat ECG"))
    analyst.answer(other)
    assert session.analysis.saliency.method == "from a flat ECG"
    assert "from a flat ECG" in side.importance.note.text()
    assert len(analyst.requests) == count + 1


def test_the_former_explanation_is_not_carried_over_to_another_method(
    explained, session, analyst
) -> None:
    session.choose(replace(session.options, method="ig_zero", threshold="cmr_ukb_2017"))
    assert not analyst.last.options.explain
    analyst.answer(replace(explained_analysis(session.record), saliency=None, importance=None))
    assert session.analysis.saliency is None
    assert analyst.last.options.explain
    assert analyst.last.options.method == "ig_zero"


def test_a_method_picked_while_the_number_is_awaited_waits_for_it(
    explained, session, analyst
) -> None:
    session.correct(replace(session.record.patient, weight_kg=95.0))
    helpers.pick(explained.panels.side.importance.method, "ig_zero")
    assert not analyst.last.options.explain
    analyst.answer(replace(explained_analysis(session.record), saliency=None, importance=None))
    assert analyst.last.options.explain


@pytest.mark.parametrize("error", [ConfigError("No references."), SignalError("It sees a strip.")])
def test_a_method_that_does_not_fit_leaves_the_estimate(explained, session, analyst, error) -> None:
    helpers.pick(explained.panels.side.importance.method, "expected_gradients")
    analyst.answer(error=error)
    side = explained.panels.side
    assert side.result.mass.text() == "141 g"
    assert side.importance.state == side.contributions.state == f"No explanation. {error}"
    helpers.pick(side.importance.method, DEFAULT_METHOD)
    analyst.answer(explained_analysis(session.record))
    assert not side.importance.state


def test_the_method_is_not_remembered(explained, settings, tmp_path) -> None:
    helpers.pick(explained.panels.side.importance.method, "ig_zero")
    settings.save()
    assert "ig_zero" not in (tmp_path / "viewer.ini").read_text("utf-8")


def test_a_gradient_is_not_shown_in_grams(explained, session, analyst) -> None:
    helpers.pick(explained.panels.side.importance.method, "gradient")
    made = explained_analysis(session.record)
    bare = replace(made.saliency, unit="g/mV", completeness_error=math.nan)
    analyst.answer(replace(made, saliency=bare))
    side = explained.panels.side
    assert not any(" g" in cell.text() for row in side.importance.cells for cell in row)
    assert "g/mV" in side.importance.note.text()
    assert "nan" not in side.importance.note.text()
    assert side.contributions.state == NOT_GRAMS


# --- views -----------------------------------------------------------------------------------


def test_the_three_views_sum_right() -> None:
    importance = explained_analysis().importance
    for view in (SHARE, SEED_LIKE):
        table = values(importance, view)
        np.testing.assert_allclose(table[:2].sum(), 1.0)
        np.testing.assert_allclose(table[2], table[:2].sum(axis=0))
    dense, present = values(importance, DENSITY), importance.seconds > 0
    assert np.isnan(dense[:, ~present]).all()
    weights = importance.seconds[present] / importance.seconds.sum()
    np.testing.assert_allclose(dense[2, present] @ weights, 1.0)
    np.testing.assert_allclose(dense[:2].mean(axis=0), dense[2])
    np.testing.assert_allclose(dense[1], importance.density()[6:].mean(axis=0))


def test_the_view_is_switched_without_asking_anybody(explained, analyst) -> None:
    panel, count = explained.panels.side.importance, len(analyst.requests)
    importance = explained_analysis().importance
    shown = {}
    for view in VIEWS:
        helpers.pick(panel.view, view)
        shown[view] = panel.cells[1][1].text().partition("\n")[0]
        assert panel.view.toolTip() == VIEWS[view].tip
        assert panel.note.text().startswith(VIEWS[view].note)
    assert shown[SHARE] == f"{100 * importance.share[6:, 1].sum():.0f} %"
    assert shown[DENSITY] == f"{importance.density()[6:, 1].mean():.2f}"
    assert shown[SEED_LIKE] == f"{100 * importance.seed_like[6:, 1].sum():.0f} %"
    assert len(analyst.requests) == count


def test_what_is_missing_is_a_dash(qtbot) -> None:
    panel = ImportancePanel()
    qtbot.addWidget(panel)
    panel.set_analysis(helpers.toy_analysis())  # without the seed-like shares
    helpers.pick(panel.view, SEED_LIKE)
    assert panel.cells[0][1].text().startswith("–")
    made = explained_analysis()
    seconds = made.importance.seconds.copy()
    seconds[0] = 0.0
    panel.set_analysis(replace(made, importance=replace(made.importance, seconds=seconds)))
    helpers.pick(panel.view, DENSITY)
    assert panel.cells[0][0].text().startswith("–")
    assert "absent" in panel.cells[0][0].toolTip()


# --- trust -----------------------------------------------------------------------------------


def found(*failed: str, sha256: str = "a" * 64) -> Trust:
    figures = {
        name: TrustFigure(0.5, 0.4, 0.6, name not in failed) for name in CHECKS if name != "noise"
    }
    figures["noise"] = TrustFigure(None, None, None, None)
    return Trust(sha256, 8, {"ig_mean": MethodTrust(figures, {})})


def test_the_badge_has_three_states() -> None:
    good = trust.in_words(found(), "ig_mean")
    assert (good.look, good.text) == (trust.PASSED, "passes all checks on this model")
    bad = trust.in_words(found("randomisation", "shift"), "ig_mean")
    assert (bad.look, bad.text) == (trust.FAILED, "fails: randomisation, shift")
    for none in (trust.in_words(None, "ig_mean"), trust.in_words(found(), "gradcam")):
        assert (none.look, none.text) == (trust.UNCHECKED, "not checked on this model")


def test_the_badge_takes_the_padding_of_its_look(qtbot) -> None:
    room, badge = QWidget(), TrustBadge()
    qtbot.addWidget(room)
    room.setStyleSheet('QLabel[trust="failed"] { padding: 2px 6px; }')
    QVBoxLayout(room).addWidget(badge)
    room.show()
    badge.show_verdict(trust.Verdict(trust.FAILED, "fails: noise", ""))
    assert badge.contentsRect().left() == 6


def test_the_badge_tells_each_check_with_its_limit() -> None:
    lines = trust.in_words(found("shift"), "ig_mean").tip.splitlines()
    assert len(lines) == 1 + len(CHECKS)
    for line, (name, check) in zip(lines[1:], CHECKS.items(), strict=True):
        assert check.words in line
        assert name == "noise" or f"{check.limit:g}" in line
    assert lines[1].endswith("0.50 (0.40 to 0.60), at most 0.5: pass")
    assert lines[-1].endswith("at least 0.8: FAIL")
    assert lines[-2].endswith("does not apply")


def test_the_badge_is_that_of_the_model_in_use(explained, session, tmp_path, monkeypatch) -> None:
    card = session.analysis.estimate.card
    reads: list[Path | None] = []

    def listed(folder: Path | None = None) -> list[CardAt]:
        reads.append(folder)
        return [CardAt(card, tmp_path)]

    monkeypatch.setattr(installed, "installed_models", listed)
    trust.trust_of.cache_clear()
    write_trust(tmp_path, found("fold_agreement", sha256=card.sha256))
    badge = explained.panels.side.importance.badge
    for _ in range(3):
        session.analysisChanged.emit(session.analysis)
        assert badge.text() == "fails: fold agreement"
    assert badge.property("trust") == "failed"
    assert "fold agreement" in badge.accessibleName()
    assert len(reads) == 1
    helpers.pick(explained.panels.side.importance.method, "gradcam")
    assert badge.text() == "not checked on this model"
    trust.trust_of.cache_clear()


def test_a_damaged_file_is_no_check(tmp_path, monkeypatch) -> None:
    card = helpers.toy_card()
    monkeypatch.setattr(installed, "installed_models", lambda folder=None: [CardAt(card, tmp_path)])
    trust.trust_of.cache_clear()
    (tmp_path / "trust.json").write_text("{", "utf-8")
    told = trust.verdict(None, card, "ig_mean")
    assert (told.look, told.text) == (trust.UNCHECKED, "not checked on this model")
    assert "damaged" in told.tip


def test_without_a_model_the_badge_is_there_too(window) -> None:
    badge = window.panels.side.importance.badge
    assert badge.property("trust") == "unchecked"
    assert badge.text()
    assert not badge.isHidden()


# --- export ----------------------------------------------------------------------------------


def answer(monkeypatch, name: str, kind: str = "CSV table (*.csv)") -> list[str]:
    suggested: list[str] = []

    def ask(parent, title, suggestion, kinds):
        suggested.append(suggestion)
        return name, kind

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    return suggested


@pytest.mark.parametrize("suffix", [".csv", ".npz", ".json"])
def test_saliency_is_exported_by_suffix(explained, tmp_path, monkeypatch, suffix) -> None:
    suggested = answer(monkeypatch, str(tmp_path / f"map{suffix}"))
    explained.commands.actions["export_saliency"].trigger()
    assert Path(suggested[0]).name == "saliency.csv"
    assert [path.name for path in tmp_path.iterdir() if path.name[0] != "v"] == [f"map{suffix}"]
    assert (tmp_path / f"map{suffix}").stat().st_size > 1000


def test_an_exported_map_names_nobody(tmp_path) -> None:
    record = helpers.synthetic_record()
    source = replace(record.source, path=Path("Doe_Jane.xml"))
    made = explained_analysis(replace(record, source=source))
    for suffix in (".csv", ".json", ".npz"):
        export_saliency(made, tmp_path / f"map{suffix}")
        assert b"Doe" not in (tmp_path / f"map{suffix}").read_bytes()
    told = json.loads((tmp_path / "map.json").read_text("utf-8"))["record"]
    assert told["file"] is told["recorded_at"] is None


def test_without_an_explanation_there_is_nothing_to_export(window, session, analyst) -> None:
    action = window.commands.actions["export_saliency"]
    assert not action.isEnabled()
    session.adopt(helpers.synthetic_record())
    analyst.answer(replace(explained_analysis(session.record), saliency=None, importance=None))
    assert not action.isEnabled()
    analyst.answer(explained_analysis(session.record))
    assert action.isEnabled()
    session.analyse()
    assert not action.isEnabled()


def test_a_place_that_cannot_be_written_is_a_message(explained, tmp_path, monkeypatch) -> None:
    (tmp_path / "taken.csv").mkdir()
    (tmp_path / "taken.csv" / "x").touch()
    for name in ("missing/map.csv", "taken.csv"):
        answer(monkeypatch, str(tmp_path / name))
        explained.message_bar.hide()
        explained.commands.actions["export_saliency"].trigger()
        assert explained.message_bar.isVisible()
        assert Path(name).name == explained.message_bar.thing.text()


def test_a_full_disk_is_a_message_and_leaves_nothing(explained, tmp_path, monkeypatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    target = tmp_path / "map.csv"
    target.write_text("former", "utf-8")
    answer(monkeypatch, str(target))
    explained.commands.actions["export_saliency"].trigger()
    assert "disk is full" in explained.message_bar.text.text()
    assert target.read_text("utf-8") == "former"
    assert not list(tmp_path.glob(".elvmass-*"))
