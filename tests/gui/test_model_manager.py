"""The window of the installed models, and the import of Keras files; the selector follows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import helpers
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from elvmass.model.bundle import load_bundle
from elvmass.model.library.installed import bundled_models
from elvmass_gui.lab.keras_dialog import KerasDialog
from elvmass_gui.lab.models import ModelManager
from elvmass_gui.lab.shelf import fact_lines, shelf
from elvmass_gui.views.notices import MessageBar

WAIT_MS = 120_000
TINY = Path(__file__).parents[1] / "unit" / "model" / "keras" / "data" / "tiny_keras2.h5"
BUNDLED = bundled_models()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's models: one that was derived from a bundled one, under another name."""
    monkeypatch.setenv("ELVMASS_MODELS", str(tmp_path / "mine"))
    copied(BUNDLED / "simulated-male-model1", tmp_path / "mine" / "own-male", "own-male")
    return tmp_path / "mine"


@pytest.fixture
def manager(qtbot, session, own: Path) -> Iterator[ModelManager]:
    made = ModelManager(session)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


@pytest.fixture
def agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("elvmass_gui.lab.models.agreed", lambda *_: True)


def copied(source: Path, place: Path, name: str) -> Path:
    shutil.copytree(source, place)
    card = json.loads((place / "card.json").read_text("utf-8"))
    (place / "card.json").write_text(json.dumps(card | {"name": name}), "utf-8")
    return place


def verified(qtbot, manager: ModelManager) -> None:
    qtbot.waitUntil(lambda: not manager.verifying.busy, timeout=WAIT_MS)


def pick(manager: ModelManager, folder: str) -> None:
    rows = [model.path.name for model in manager.models]
    manager.list.setCurrentCell(rows.index(folder), 0)


def said(widget: QWidget) -> str:
    bar = widget.findChildren(MessageBar)[0]
    assert not bar.isHidden()
    return " ".join(part.text() for part in bar.findChildren(type(widget.status.stage)))


def states(manager: ModelManager) -> dict[str, str]:
    return {model.path.name: model.status for model in manager.models}


def test_models_are_listed_at_once_and_verified_by_and_by(qtbot, manager) -> None:
    assert set(states(manager).values()) == {"not verified yet"}
    assert len(manager.models) == len(list(BUNDLED.glob("*/card.json"))) + 1
    verified(qtbot, manager)
    assert set(states(manager).values()) == {"sound"}
    pick(manager, "simulated-pooled-model2")
    text = manager.card.toPlainText()
    card = manager.chosen.card
    for part in (card.trained_on, card.limitations, card.sha256, f"{card.n_train:,}",
                 "no real patient", "– women", "CV+", "not a medical device",
                 "integrated gradients"):  # fmt: skip
        assert part in text, part
    assert not manager.buttons["remove"].isEnabled()
    assert "stay" in manager.buttons["remove"].toolTip()
    pick(manager, "own-male")
    assert manager.buttons["remove"].isEnabled()


def test_damaged_models_are_shown_with_the_reason(qtbot, session, own) -> None:
    weights = own / "own-male" / "weights.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    for name, card in (("cut", "{"), ("empty", "{}")):
        (own / name).mkdir()
        (own / name / "card.json").write_text(card)
    (own / "no-model").mkdir()
    manager = ModelManager(session)
    qtbot.addWidget(manager)
    before = states(manager)
    assert before["cut"] == before["empty"] == "damaged"
    assert "no-model" not in before
    verified(qtbot, manager)
    assert states(manager)["own-male"] == "damaged"
    assert states(manager)["simulated-male-model1"] == "sound"
    for name, reason in (("cut", "cannot be read"), ("own-male", "do not match its card")):
        pick(manager, name)
        assert reason in manager.card.toPlainText()
        assert not manager.buttons["use"].isEnabled()
        assert manager.buttons["remove"].isEnabled()


def test_a_model_is_used_and_given_up_again(qtbot, manager, session) -> None:
    pick(manager, "own-male")
    manager.buttons["use"].click()
    assert session.options.model == "own-male"
    row = [model.name for model in manager.models].index("own-male")
    assert manager.list.item(row, 5).text().endswith("in use")
    assert not manager.buttons["use"].isEnabled()
    manager.buttons["by_patient"].click()
    assert session.options.model is None


def test_a_bundle_is_verified_before_it_is_copied(qtbot, manager, own, tmp_path, agreed) -> None:
    good = copied(BUNDLED / "simulated-female-model2", tmp_path / "any", "from-outside")
    manager.import_bundle(good)
    qtbot.waitUntil(lambda: not manager.installing.busy, timeout=WAIT_MS)
    assert load_bundle(own / "from-outside").card.name == "from-outside"
    assert manager.chosen is not None
    assert manager.chosen.name == "from-outside"  # what is new is marked
    bad = copied(BUNDLED / "simulated-female-model2", tmp_path / "bad", "altered")
    (bad / "config.json").write_text((bad / "config.json").read_text().replace("0.1", "0.2", 1))
    for source, words in (
        (bad, "altered"), (BUNDLED / "simulated-female-model2", "bundled"),
        (tmp_path, "lacks its file card.json"),
    ):  # fmt: skip
        manager.import_bundle(source)
        qtbot.waitUntil(lambda: not manager.installing.busy, timeout=WAIT_MS)
        assert words in said(manager)
    assert sorted(p.name for p in own.iterdir()) == ["from-outside", "own-male"]


def test_a_keras_file_is_looked_at_checked_and_installed(qtbot, manager, own) -> None:
    dialog = KerasDialog(own, manager)
    qtbot.addWidget(dialog)
    dialog.installed.connect(lambda name: manager.refresh())
    assert not dialog.install.isEnabled()

    def idle() -> None:
        qtbot.waitUntil(lambda: not (dialog.reading.busy or dialog.importing.busy), timeout=WAIT_MS)

    dialog.choose_file(TINY)
    idle()
    facts = dialog.facts.toPlainText()
    for part in ("mass in g = 24.80 · output + 89.70", "63.36", "27.34", "LVH head"):
        assert part in facts, part
    assert "not checked" in dialog.conclusion.text()

    examples = BUNDLED.parent / "examples"
    dialog.check_with([examples / "simulated_man_normal.xml"] * 3)
    idle()
    assert "give at least 10" in dialog.conclusion.text()
    dialog.check_with([examples / "simulated_man_normal.xml"] * 10 + [examples / "SOURCES.md"])
    idle()
    assert dialog.units.rowCount() == 2
    assert dialog.units.item(0, 1).text() == "10"
    assert "unit remains open" in dialog.conclusion.text()  # ten times the same man has no SD
    assert "could not be used: 1." in dialog.conclusion.text()

    dialog.unit.setCurrentIndex(1)
    dialog.name.setText("simulated-male-model1")
    dialog.accept()
    idle()
    assert "bundled" in dialog.status.stage.text()
    dialog.name.setText("tiny")
    with qtbot.waitSignal(dialog.installed, timeout=WAIT_MS):
        dialog.accept()
    assert "microvolt" in load_bundle(own / "tiny").card.limitations
    verified(qtbot, manager)
    tiny = next(model for model in manager.models if model.name == "tiny")
    assert ("Intervals", "none: the model holds no errors of unseen patients") in fact_lines(tiny)


def test_no_keras_file_is_refused_in_words(qtbot, own, tmp_path) -> None:
    dialog = KerasDialog(own)
    qtbot.addWidget(dialog)
    (tmp_path / "x.h5").write_bytes(b"no model")
    dialog.choose_file(tmp_path / "x.h5")
    qtbot.waitUntil(lambda: not dialog.reading.busy, timeout=WAIT_MS)
    assert "x.h5" in dialog.status.stage.text()
    assert not dialog.install.isEnabled()


def test_the_selector_follows_and_a_removed_model_is_not_used(
    qtbot, own, window, session, analyst, agreed
) -> None:
    session.adopt(helpers.synthetic_record())
    box = window.panels.side.result.chosen_model
    assert box.findData("own-male") >= 0
    window.commands.actions["models"].trigger()
    manager = window.intents.lab.models
    pick(manager, "own-male")
    manager.use()
    assert box.currentData() == "own-male"
    manager.remove()
    assert session.options.model is None
    assert analyst.last.options.model is None  # it was estimated anew
    assert box.findData("own-male") < 0
    assert box.currentData() == ""
    assert not (own / "own-male").exists()
    verified(qtbot, manager)
    window.close()
    assert window.intents.lab.models is None


def test_another_model_of_the_same_name_estimates_anew(own, window, session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    at = session.analysis
    analyst.answer(helpers.toy_analysis(session.record))
    assert at is None
    assert session.analysis is not None
    before = len(analyst.requests)
    window.intents.lab._on_change()  # no installed model has these weights
    assert len(analyst.requests) == before + 1


def test_the_shelf_takes_no_hidden_folder(own) -> None:
    (own / "own-male").rename(own / ".own-male.part")
    assert all(not model.own for model in shelf(BUNDLED, own))


def test_a_question_names_what_it_does_and_is_refused_by_enter_and_escape(
    qtbot, manager, own
) -> None:
    pick(manager, "own-male")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        asked: list[str] = []

        def answer(key: Qt.Key = key, asked: list[str] = asked) -> None:
            box = QApplication.activeModalWidget()
            assert isinstance(box, QMessageBox)
            asked += [button.text() for button in box.buttons()]
            qtbot.keyClick(box.focusWidget() or box, key)

        QTimer.singleShot(0, answer)
        manager.remove()
        assert "&Remove" in asked
        assert (own / "own-male").is_dir()
