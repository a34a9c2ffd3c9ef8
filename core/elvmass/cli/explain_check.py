"""``elvmass explain --check``: how far the saliency methods can be trusted."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from elvmass.cli.each_file import print_json
from elvmass.cli.options import analysis_options, layout_of, progress_line, with_patient
from elvmass.cli.train import cohort_table, prepared_cohort, report_flow
from elvmass.errors import ConfigError
from elvmass.model.explain.trust import (
    CHECKS,
    MethodTrust,
    Trust,
    TrustFigure,
    read_trust,
    write_trust,
)

if TYPE_CHECKING:
    from elvmass.model.bundle import Bundle
    from elvmass.model.cards import CardAt
    from elvmass.model.explain.check import Person
    from elvmass.model.explain.references import References

#: Of a cohort given with ``--references``, these compare; the following are checked.
_REFERENCES = 16


def run(args: argparse.Namespace) -> int:
    """Check ECGs if files are given, else the models."""
    return _check_files(args) if args.files else _check_models(args)


def _check_models(args: argparse.Namespace) -> int:
    """Check every model, or the one of ``--model``, and keep the answer beside its card."""
    from elvmass.model.bundle import load_bundle
    from elvmass.model.explain.check import check_bundle
    from elvmass.model.library.installed import installed_models

    chosen = [at for at in installed_models(args.models) if args.model in (None, at.card.name)]
    if not chosen:
        raise ConfigError(f"There is no model {args.model!r}; `elvmass models` lists them.")
    found = {}
    for at in chosen:
        bundle = load_bundle(at.path)
        people, references = _people(args, bundle)
        trust = check_bundle(bundle, people, references=references, progress=progress_line)
        write_trust(at.path, trust)
        found[at.card.name] = asdict(trust)
        if not args.json:
            print(f"{at.card.name}, {trust.n} ECGs\n{trust_text(trust.methods)}\n", flush=True)
    if args.json:
        print(json.dumps(found, indent=2))
    return 0


def _people(args: argparse.Namespace, bundle: Bundle) -> tuple[list[Person], References | None]:
    from elvmass.model.explain.check import Person, simulated_people
    from elvmass.model.explain.references import References

    if args.references is None:
        if not bundle.card.simulated:
            raise ConfigError(
                f"{bundle.card.name} was trained on patients; give others of them with "
                "--references COHORT."
            )
        return simulated_people(bundle, args.people), None
    from elvmass.train.evaluation.segment_tables import beat_of, scalars_of

    cohort = prepared_cohort(args, cohort_table(args.references), bundle.spec.beat)
    report_flow(cohort)
    if len(cohort) < _REFERENCES + args.people:
        raise ConfigError(f"--references needs {_REFERENCES + args.people} usable ECGs.")
    rows = range(_REFERENCES, _REFERENCES + args.people)
    people = [Person(beat_of(cohort, i), scalars_of(cohort, i)) for i in rows]
    return people, References(cohort.beats_mv[:_REFERENCES], cohort.scalars[:_REFERENCES])


def _check_files(args: argparse.Namespace) -> int:
    """Check the chosen method on each ECG, and show what is known of the model."""
    from elvmass import io, pipeline
    from elvmass.model.explain.check import Person, check_person, summarise

    out = []
    for path in args.files:
        record = with_patient(io.read(path, layout_of(args)), args)
        case = pipeline.open_case(record, analysis_options(args, explain=True))
        person = Person(case.prepared.seen, case.scalars)
        found = {args.method: summarise([check_person(case.bundle, person, args.method)])}
        at = _card_at(args, case.bundle)
        trust = read_trust(at.path, at.card.sha256)
        if not args.json:
            print(f"{path}\n{trust_text(found)}\n{_known(at, args.method, trust)}")
        out.append({"file": str(path), "model": at.card.name, "methods": _plain(found)})
    if args.json:
        print_json(out)
    return 0


def _card_at(args: argparse.Namespace, bundle: Bundle) -> CardAt:
    from elvmass.model.library.installed import installed_models

    return next(a for a in installed_models(args.models) if a.card.name == bundle.card.name)


def _known(at: CardAt, method: str, trust: Trust | None) -> str:
    if trust is None:
        return f"{at.card.name} itself was not checked; `elvmass explain --check` does."
    failed = trust.methods[method].failed
    verdict = f"fails {', '.join(failed)}" if failed else "passes every check"
    return f"on {at.card.name} as a whole, {method} {verdict}"


def _plain(methods: Mapping[str, MethodTrust]) -> dict[str, object]:
    return {name: asdict(found) for name, found in methods.items()}


def trust_text(methods: Mapping[str, MethodTrust]) -> str:
    """Render one line for each method; a check that fails is marked with an exclamation mark."""
    lines = [f"{'':<26}" + "".join(f"{name:>16}" for name in CHECKS)]
    for method, trust in methods.items():
        cells = "".join(f"{_cell(trust.figures[name]):>16}" for name in CHECKS)
        lines.append(f"{method:<26}{cells}")
    lines.append(f"{'passes':<26}" + "".join(
        f"{('from' if c.at_least else 'up to') + f' {c.limit:g}':>16}" for c in CHECKS.values()
    ))  # fmt: skip
    return "\n".join(lines)


def _cell(figure: TrustFigure) -> str:
    if figure.value is None:
        return "-"
    return f"{figure.value:.3f}" + (" " if figure.passed else "!")
