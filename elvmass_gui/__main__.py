"""``elvmass-gui``: the window, the report without a window, and the child process.

Only the standard library is imported before it is known what is wanted: a worker never loads Qt,
and a missing system library is named in a sentence instead of a traceback.

What delays the first painted ECG is avoided here, before the imports that it concerns.
"""

from __future__ import annotations

import argparse
import builtins
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

OFFSCREEN_PACKAGES = "libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0"
WINDOW_PACKAGES = "libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"


def parser() -> argparse.ArgumentParser:
    """The command line of the viewer."""
    made = argparse.ArgumentParser(
        prog="elvmass-gui",
        description="Left ventricular mass from a resting 12-lead ECG, and why. Research use only.",
    )
    made.add_argument("files", nargs="*", type=Path, metavar="FILE", help="ECG file to show")
    made.add_argument(
        "--export",
        type=Path,
        metavar="OUT",
        help="write FILE's report as .pdf, .png, .svg or .dcm (DICOM); no window",
    )
    made.add_argument(
        "--pages", choices=("detailed", "one"), help="with --export: three pages, or one"
    )
    made.add_argument("--paper", choices=("a4", "letter"), help="with --export: the paper")
    made.add_argument(
        "--anonymous",
        action="store_true",
        help="with --export: leave out name, id, date and device",
    )
    made.add_argument(
        "--side-file",
        action="store_true",
        help="with --export: also write OUT.json, from which the report can be made again",
    )
    made.add_argument(
        "--from",
        dest="side",
        type=Path,
        metavar="SIDE",
        help="with --export: make the report of this side file again, of the same ECG file",
    )
    made.add_argument("--version", action="store_true", help="print the version")
    made.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    made.add_argument("--lab", action="store_true", help=argparse.SUPPRESS)
    made.add_argument("--measure-startup", action="store_true", help=argparse.SUPPRESS)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; the exit status is 0, 1 (an error was told in one sentence) or 2 (bad arguments)."""
    args = parser().parse_args(arguments)
    if args.version:
        from elvmass import __version__

        return _say(f"elvmass {__version__}", sys.stdout, 0)
    if args.worker:
        from elvmass_gui.processes.worker import serve

        return serve()
    if args.lab:
        from elvmass_gui.lab import child

        return child.serve()
    if args.export:
        return _export(args)
    if args.pages or args.paper or args.anonymous or args.side_file or args.side:
        return _say("--pages, --paper, --anonymous, --side-file and --from need --export.",
                    sys.stderr, 2)  # fmt: skip
    problem = missing_display(os.environ, sys.platform)
    if problem:
        return _say(problem, sys.stderr, 1)
    return _run(args.files, args.measure_startup)


def missing_display(environment: Mapping[str, str], platform: str) -> str:
    """Why no window can open, with the remedy, or ""."""
    if platform != "linux":
        return ""
    if any(environment.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        return ""
    return (
        "There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set). Use "
        "`elvmass-gui --export report.pdf FILE`, or run under `xvfb-run -a elvmass-gui`."
    )


def missing_library(error: ImportError) -> str:
    """What to install when Qt cannot be imported."""
    if "PySide6" in str(error) or getattr(error, "name", None) == "PySide6":
        return 'The viewer needs PySide6. Install it with: pip install "elvmass[gui]"'
    return (
        f"Qt cannot start: {error}. On Debian or Ubuntu install: {OFFSCREEN_PACKAGES} "
        f"and, for a window, {WINDOW_PACKAGES}"
    )


def _run(files: list[Path], measure: bool) -> int:
    # The window multiplies no matrices: threads for that would only take time to start. The
    # workers are given their own number.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()  # a start makes nothing but lasting objects; app.run enables it again
    try:
        load_libraries()
        from elvmass_gui import app
    except ImportError as error:
        return _on_import_error(error)
    return app.run(files, measure=measure)


def load_libraries() -> None:
    """Import what :mod:`elvmass_gui.app` stands on in the order that takes the least time.

    PySide6 puts an import of its own in place of Python's. That one reads the source of every
    module loaded after it, to look for a switch of spellings (``__feature__``) that nothing here
    uses; Python's own is put back.
    """
    from elvmass import io, pipeline  # noqa: F401

    # isort: split
    from PySide6 import QtWidgets  # noqa: F401

    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)


def _export(args: argparse.Namespace) -> int:
    if len(args.files) != 1:
        return _say("--export needs exactly one FILE.", sys.stderr, 2)
    if args.side and (args.pages or args.paper or args.anonymous or args.side_file):
        return _say("--from takes pages, paper and name from the side file.", sys.stderr, 2)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from elvmass.errors import ElvmassError

    try:
        written, differences = _exported(args)
    except ImportError as error:
        return _on_import_error(error)
    except (ElvmassError, OSError) as error:
        return _say(str(error), sys.stderr, 1)
    for difference in differences:
        _say(f"Differs: {difference}", sys.stderr, 0)
    return _say("\n".join(str(path) for path in written), sys.stdout, 0)


def _exported(args: argparse.Namespace) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The files written, and what differs from the report of a side file."""
    from elvmass_gui.outputs.headless import Wish, export_again, export_file

    (source,) = args.files
    if args.side:
        return export_again(args.side, source, args.export)
    wish = Wish(args.pages or "detailed", args.paper or "a4", args.side_file, args.anonymous)
    return export_file(source, args.export, wish), ()


def _on_import_error(error: ImportError) -> int:
    # An import of our own that fails is a bug, and its traceback is wanted.
    if str(getattr(error, "name", "") or "").startswith("elvmass"):
        raise error
    return _say(missing_library(error), sys.stderr, 1)


def _say(text: str, stream: object, status: int) -> int:
    print(text, file=stream)  # type: ignore[call-overload]
    return status


if __name__ == "__main__":
    raise SystemExit(main())
