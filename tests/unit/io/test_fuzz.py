"""A few mutations of every format in each run; `tests/fuzz/run.py` does the long campaigns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fuzz.mutate import mutate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.io.files.seeds import SEEDS, part_to_alter, write_seed

from elvmass import io
from elvmass.errors import FileError
from elvmass.record import LEADS


@pytest.fixture(scope="module", params=sorted(SEEDS))
def intact(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """What to open, which part to alter, and its bytes."""
    path = write_seed(request.param, tmp_path_factory.mktemp(request.param))
    part: Path = part_to_alter(request.param, path)
    return path, part, part.read_bytes()


def test_seeds_are_sound(intact):
    path, part, data = intact
    part.write_bytes(data)
    assert io.read(path).signal_mv.shape == (12, 500)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_record_or_an_error_in_words(seed, intact):
    path, part, data = intact
    part.write_bytes(mutate(data, np.random.default_rng(seed)))
    try:
        record = io.read(path)
    except FileError:
        return
    assert record.signal_mv.shape[0] == len(LEADS)
    assert record.duration_s >= io.MIN_SECONDS
