"""``elvmass explain --what-if``: the estimate if the patient or the ECG were another."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elvmass.cli.each_file import print_json
from elvmass.cli.options import analysis_options, layout_of, with_patient

if TYPE_CHECKING:
    from elvmass.model.explain.whatif import Response


def run(args: argparse.Namespace) -> int:
    """Print the estimate under every value of every change, for each file."""
    from elvmass import io, pipeline
    from elvmass.model.explain.whatif import parse_change, what_if

    changes = [parse_change(text) for text in args.what_if]
    out = []
    for path in args.files:
        record = with_patient(io.read(path, layout_of(args)), args)
        case = pipeline.open_case(record, analysis_options(args, explain=False))
        found = [what_if(case.bundle, case.prepared.beat, case.scalars, c) for c in changes]
        out.append({"file": str(path), "model": case.bundle.card.name,
                    "responses": [_plain(r) for r in found]})  # fmt: skip
        if not args.json:
            print(f"{path}\nmodel      {case.bundle.card.name}")
            print("\n".join(_text(r) for r in found))
    if args.json:
        print_json(out)
    return 0


def _plain(response: Response) -> dict[str, object]:
    return {
        "change": response.change.words,
        "values": list(response.change.values),
        "mass_g": response.mass_g.round(2).tolist(),
        "fold_masses_g": response.fold_masses_g.round(2).tolist(),
    }


def _text(response: Response) -> str:
    lines = [f"what if    {response.change.words}"]
    spread = response.fold_masses_g.std(axis=1)
    for value, mass, sd in zip(response.change.values, response.mass_g, spread, strict=True):
        lines.append(f"{value:>10.4g}{mass:>10.1f} g   (fold models ± {sd:.1f} g)")
    return "\n".join(lines)
