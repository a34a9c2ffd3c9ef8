"""The loop that ``estimate`` and ``explain`` share: read, analyse, print, count failures."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from elvmass.cli.options import analysis_options, layout_of, with_patient
from elvmass.errors import BundleError, ElvmassError
from elvmass.result import Analysis, Failure

if TYPE_CHECKING:
    from elvmass.pipeline import Options


def run_each(
    args: argparse.Namespace,
    explain: bool,
    as_json: Callable[[Analysis], dict[str, Any]],
    as_text: Callable[[Analysis], str],
    export: Callable[[Analysis], None] = lambda _analysis: None,
) -> int:
    """Analyse every file of ``args``; prints results, and errors in one sentence each."""
    from elvmass import io, pipeline
    from elvmass.report.as_json import failure_json

    options, layout = analysis_options(args, explain), layout_of(args)
    results: list[dict[str, Any]] = []
    failed = False
    for path in args.files:
        try:
            record = with_patient(io.read(path, layout), args)
            analysis = _with_second(pipeline.analyse(record, options), options)
            export(analysis)
        except ElvmassError as error:
            failed = True
            print(f"elvmass: {_with_name(path, error)}", file=sys.stderr)
            results.append(failure_json(Failure(path, error)))
            continue
        results.append(as_json(analysis))
        if not args.json:
            print(f"{path}\n{as_text(analysis)}\n")
    if args.json:
        print_json(results)
    return 1 if failed else 0


def print_json(results: Sequence[Any]) -> None:
    """One file gives an object, several an array."""
    print(json.dumps(results[0] if len(results) == 1 else results, indent=2))


def _with_second(analysis: Analysis, options: Options) -> Analysis:
    """What the pooled model says beside the one for this sex, or the reverse, as in the viewer."""
    from elvmass.beside.second import with_second

    try:
        return with_second(analysis, options.models)
    except BundleError as error:  # the estimate itself stands
        print(f"elvmass: no second estimate: {error}", file=sys.stderr)
        return analysis


def _with_name(path: Any, error: ElvmassError) -> str:
    """The sentence, preceded by the file's name where the error does not know its file."""
    text = str(error)
    return text if text.startswith(path.name) else f"{path.name}: {text}"
