"""Start-up is an allow-list: what may be imported before the first paint, and nothing else.

A new dependency at a module's top fails here. Two ways out: import it behind a door (a function
that needs it), or, if it truly belongs to start-up, add it to the list with its cost.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PRINT_PACKAGES = """
import json, sys
before = set(sys.modules)
{statement}
packages = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(json.dumps(sorted(packages - set(sys.stdlib_module_names))))
"""

MAKE_WINDOW = """
import sys
from pathlib import Path
from elvmass_gui.__main__ import load_libraries
load_libraries()
from elvmass_gui import app
from PySide6.QtWidgets import QApplication
application = QApplication([])
viewer = app.Viewer(app.Settings(Path({path!r})))
{then}
viewer.window.close()
"""

#: PySide6 with the names under which it loads itself.
QT = {"PySide6", "shiboken6", "shibokensupport", "signature_bootstrap"}


#: What of our own is loaded when the window is made: package -> modules. Reports, printing, panels,
#: comparison, training and what only the analyst needs come later, each behind its door.
OWN = {
    "elvmass": "beat boundaries card choices errors pipeline record result",
    "elvmass.clinical": "body criteria thresholds",
    "elvmass.io": "folder leads rawfile sniff stated text_table values",
    "elvmass.io.plausibility": "agreement amplitude patient recording seen",
    "elvmass.model": "explain importance notices",
    "elvmass_gui": (
        "__main__ app crash drops finder intents lab_windows looks main_window messages "
        "places rooms screens settings style themes versions workflow"
    ),
    "elvmass_gui.commands": "actions beat_actions command_bar page_actions",
    "elvmass_gui.desks": "compare_desk output_desk page_desk reading_desk recent_desk tab_desk",
    "elvmass_gui.geometry": "calipers paper shown",
    "elvmass_gui.painting": (
        "beat_marks by_hand_words calipers ecg_page grid ink magnifier page_words trace wording"
    ),
    "elvmass_gui.processes": "aside_requests jobs pipe worker",
    "elvmass_gui.state": (
        "boundary_book documents folder former open_ecgs read_first reading readings recent session"
    ),
    "elvmass_gui.views": (
        "busy caliper_tool ecg ecg_actions ecg_canvas empty_state notices page_controls "
        "page_state page_steps parts reading_cursor strip strip_layout tab_bar time_bar viewport"
    ),
}


def imported_by(statement: str) -> set[str]:
    code = PRINT_PACKAGES.format(statement=statement)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name for name in json.loads(done.stdout) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import elvmass", {"elvmass", "numpy"}),
        ("import elvmass.cli; elvmass.cli.parser()", {"elvmass", "numpy"}),
        ("import elvmass_resources", {"elvmass_resources"}),
        (
            "from elvmass_gui.__main__ import load_libraries; load_libraries()\n"
            "import elvmass_gui.app",
            {"elvmass", "elvmass_gui", "elvmass_resources", "numpy", *QT},
        ),
    ],
)
def test_imports_only_what_is_allowed(statement: str, allowed: set[str]) -> None:
    extra = imported_by(statement) - allowed
    assert not extra, f"`{statement}` also loads {sorted(extra)}"


def test_reading_xml_loads_lxml_only() -> None:
    loaded = imported_by(
        "import elvmass, elvmass_resources\n"
        "elvmass.read(elvmass_resources.path('examples', 'simulated_man_normal.xml'))"
    )
    assert loaded <= {"elvmass", "elvmass_resources", "numpy", "lxml", "cython_runtime"}


def start(then: str, folder: Path) -> set[str]:
    """What is printed, word by word, once the window is made and before it is shown."""
    code = MAKE_WINDOW.format(path=str(folder / "viewer.ini"), then=then)
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen", "XDG_STATE_HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_window_is_made_of_the_listed_modules(tmp_path: Path) -> None:
    loaded = start("print(*sys.modules)", tmp_path)
    ours = {name for name in loaded if name.startswith(("elvmass.", "elvmass_gui."))}
    listed = {f"{package}.{name}" for package, names in OWN.items() for name in names.split()}
    assert ours - set(OWN) == listed


def test_no_source_of_ours_is_read_at_the_start(tmp_path: Path) -> None:
    """As the import of PySide6 does with every module that is loaded after it."""
    read = start("import linecache; print(*linecache.cache)", tmp_path)
    assert not [path for path in read if "elvmass_gui" in path]
