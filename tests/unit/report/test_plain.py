"""Settings to JSON and back."""

from __future__ import annotations

import json

import pytest

from elvmass.beat import BeatKind
from elvmass.choices import SignalOptions
from elvmass.errors import ConfigError
from elvmass.pipeline import Options
from elvmass.report.plain import from_plain, to_plain

CHOSEN = Options(
    SignalOptions(BeatKind.CHOSEN, 3, "monitor", "50", "nk-dwt"), False, "ct_fuchs_2016",
    "mosteller", model="a model", explain=False,
)  # fmt: skip


@pytest.mark.parametrize("options", [Options(), CHOSEN])
def test_options_survive_as_json(options: Options) -> None:
    assert from_plain(Options, json.loads(json.dumps(to_plain(options)))) == options


def test_a_field_of_a_later_version_is_named() -> None:
    with pytest.raises(ConfigError, match="'tomorrow'"):
        from_plain(Options, to_plain(Options()) | {"tomorrow": 1})


@pytest.mark.parametrize(
    ("name", "value"),
    [("explain", "yes"), ("threshold", 3), ("signal", []), ("signal", {"kind": "loudest"})],
)
def test_a_value_of_another_type_is_named(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=name):
        from_plain(Options, to_plain(Options()) | {name: value})


def test_a_value_that_the_options_refuse_is_refused() -> None:
    with pytest.raises(ConfigError, match="no such method"):
        from_plain(Options, to_plain(Options()) | {"method": "no such method"})
