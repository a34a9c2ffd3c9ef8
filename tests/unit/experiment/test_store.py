"""The hash that says whether a finished row may still be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from elvmass.experiment import store
from elvmass.train.fitting import kernel

PATTERNS = [(package, pattern) for package, patterns in store._SOURCES for pattern in patterns]


@pytest.mark.parametrize(("package", "pattern"), PATTERNS)
def test_each_pattern_of_the_sources_finds_files(package, pattern):
    """A module that was moved would else no longer count, and old rows would pass for new."""
    assert list(Path(package.__file__).parent.glob(f"{pattern}.py"))


def test_estimates_of_another_code_are_not_found_again(monkeypatch):
    digest, touched = store.code(), Path(kernel.__file__)
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path == touched))
    store.code.cache_clear()
    try:
        assert store.code() != digest
    finally:
        store.code.cache_clear()
