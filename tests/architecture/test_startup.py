"""Start-up is an allow-list: what may be imported before the first paint, and nothing else.

A new dependency at a module's top fails here. Two ways out: import it behind a door (a function
that needs it), or, if it truly belongs to start-up, add it to the list with its cost.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PRINT_PACKAGES = """
import json, sys
before = set(sys.modules)
{statement}
packages = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(json.dumps(sorted(packages - set(sys.stdlib_module_names))))
"""

#: PySide6 with the names under which it loads itself.
QT = {"PySide6", "shiboken6", "shibokensupport", "signature_bootstrap"}


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
