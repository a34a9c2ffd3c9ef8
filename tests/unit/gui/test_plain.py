"""The parts of the viewer that need no application: words, units, folder, messages, crash log."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import elvmass.errors
from elvmass.errors import CorruptFileError, ElvmassError, SignalError
from elvmass_gui.__main__ import main, missing_display, missing_library, parser
from elvmass_gui.crash import CrashLog
from elvmass_gui.messages import _FRAME, WorkerError, message
from elvmass_gui.state import folder
from elvmass_gui.units import HEIGHT, WEIGHT
from elvmass_gui.views import wording


def test_file_errors_are_thing_fact_remedy() -> None:
    said = message(CorruptFileError(Path("/secret/a.xml"), "lead V3 is cut", "Export it again"))
    assert said.thing == "a.xml"
    assert said.text == "a.xml: lead V3 is cut. Export it again."


def test_every_error_has_words() -> None:
    for name, kind in vars(elvmass.errors).items():
        if isinstance(kind, type) and issubclass(kind, ElvmassError):
            known = kind is ElvmassError or issubclass(kind, (*_FRAME, elvmass.errors.FileError))
            assert known, name
    assert message(SignalError("lead V2 is flat")).fact == "lead V2 is flat."
    assert message(WorkerError("it died")).remedy
    assert message(ElvmassError("something")).text == "Error: something."


def test_natural_order_and_ends(tmp_path: Path) -> None:
    for name in ("e10.xml", "e2.xml", "E1.xml", "r.hea", "r.dat", "x.dat", ".h.xml", "a.pdf"):
        (tmp_path / name).write_text("x")
    (tmp_path / "sub").mkdir()
    names = [p.name for p in folder.files(tmp_path)]
    assert names == ["E1.xml", "e2.xml", "e10.xml", "r.hea", "x.dat"]
    assert folder.step(tmp_path / "e2.xml", +1).name == "e10.xml"
    assert folder.step(tmp_path / "E1.xml", -1) is None
    assert folder.step(tmp_path / "x.dat", +1) is None
    assert folder.step(tmp_path / "deleted.xml", +1).name == "E1.xml"
    assert folder.files(tmp_path / "none") == []


@pytest.mark.parametrize(("cm", "inches"), [(172.0, "67.7"), (152.4, "60")])
def test_units_show_and_parse(cm: float, inches: str) -> None:
    assert HEIGHT.show(cm, "in") == inches
    assert HEIGHT.parse(inches, "in") == pytest.approx(cm, abs=0.13)
    assert WEIGHT.parse(" ", "kg") is None
    assert WEIGHT.show(None, "kg") == ""


def test_scalars_in_words() -> None:
    assert wording.scalar("qrs_axis_deg", -30.0) == "QRS axis −30°"
    assert wording.scalar("sex_male", 0.5) == "Sex unknown"
    assert wording.scalar("sex_male", 0.0) == "Sex female"
    assert wording.scalar("weight_kg", 78.44) == "Weight 78.4 kg"


def test_the_log_holds_no_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown: list[str] = []
    log = CrashLog(tmp_path / "state" / "crash.log", shown.append)
    with pytest.raises(ValueError, match="Jane") as caught:
        raise ValueError("Jane Doe, 1950")
    log.on_exception(caught.type, caught.value, caught.tb)
    log.close()
    text = (tmp_path / "state" / "crash.log").read_text()
    assert "builtins.ValueError" in text
    assert "test_plain.py" in text
    assert "Jane" not in text
    assert "Jane" in shown[0]
    assert "Jane" in capsys.readouterr().err


def test_hooks_are_given_back(tmp_path: Path) -> None:
    log = CrashLog(tmp_path / "crash.log", lambda text: None)
    log.install()
    assert sys.excepthook == log.on_exception
    log.close()
    assert sys.excepthook is sys.__excepthook__


def test_a_log_that_cannot_be_written_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    shown: list[str] = []
    log = CrashLog(tmp_path / "file" / "crash.log", shown.append)
    log.on_exception(KeyError, KeyError("x"), None)
    log.close()
    assert shown


@pytest.mark.parametrize(
    ("environment", "platform", "missing"),
    [
        ({}, "linux", True),
        ({"DISPLAY": ""}, "linux", True),
        ({"DISPLAY": ":0"}, "linux", False),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", False),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", False),
        ({}, "darwin", False),
    ],
)
def test_a_missing_display_names_the_remedy(environment, platform, missing) -> None:
    assert ("--export" in missing_display(environment, platform)) == missing


def test_a_missing_library_names_the_packages() -> None:
    error = ImportError("libEGL.so.1: cannot open shared object file")
    assert "libegl1" in missing_library(error)
    assert "libxcb-cursor0" in missing_library(error)
    assert "elvmass[gui]" in missing_library(ModuleNotFoundError("No module named 'PySide6'"))


def test_version_and_bad_calls(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--version"]) == 0
    assert "elvmass 0" in capsys.readouterr().out
    assert main(["--export", str(tmp_path / "x.pdf")]) == 2
    assert "exactly one" in capsys.readouterr().err
    assert parser().parse_args(["a.xml"]).files == [Path("a.xml")]
