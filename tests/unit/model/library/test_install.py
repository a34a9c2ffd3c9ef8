"""Installing a bundle whole or not at all, and removing only what is a model of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from elvmass.errors import BundleError, ConfigError
from elvmass.model.bundle import load_bundle
from elvmass.model.cards import list_bundles
from elvmass.model.library.install import install, place_of, remove
from elvmass.model.library.installed import bundled_models

MODEL = bundled_models() / "simulated-male-model1"


@pytest.fixture
def none(tmp_path: Path) -> Path:
    """A folder of bundled models without any, so that no name is taken."""
    return tmp_path / "none"


def test_a_bundle_is_copied_whole_and_once(tmp_path: Path, none: Path) -> None:
    own = tmp_path / "own"
    at = install(MODEL, own, none)
    assert at.path == own / "simulated-male-model1"
    assert load_bundle(at.path).card == load_bundle(MODEL).card
    assert [each.path for each in list_bundles(own)] == [at.path]
    with pytest.raises(ConfigError, match="exists"):
        install(MODEL, own, none)
    (at.path / "old.txt").write_text("of the former one")
    install(MODEL, own, none, replace=True)
    assert not (at.path / "old.txt").exists()
    assert sorted(p.name for p in own.iterdir()) == ["simulated-male-model1"]


def test_a_damaged_bundle_is_not_installed(tmp_path: Path, none: Path) -> None:
    at = install(MODEL, tmp_path / "a", none)
    weights = at.path / "weights.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(BundleError, match="altered"):
        install(at.path, tmp_path / "b", none)
    assert not (tmp_path / "b").exists()


def test_names_of_bundled_models_and_no_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="bundled"):
        install(MODEL, tmp_path, bundled_models())
    for name in ("", "../x", ".hidden", "a b", "a" * 65):
        with pytest.raises(ConfigError, match="cannot be the name"):
            place_of(name, tmp_path, bundled_models())


def test_only_own_models_are_removed(tmp_path: Path, none: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    at = install(MODEL, own, none)
    elsewhere = install(MODEL, other, none)
    (own / "notes").mkdir()
    (own / "notes" / "text.txt").write_text("mine")
    (own / "link").symlink_to(elsewhere.path)
    for place in (elsewhere.path, own / "notes", own, own / ".." / "other", own / "link"):
        with pytest.raises(BundleError, match="left alone"):
            remove(place, own)
    (at.path / "card.json").write_text("damaged")
    remove(at.path, own)
    assert sorted(p.name for p in own.iterdir()) == ["link", "notes"]
    assert elsewhere.path.is_dir()


def test_a_bundle_on_its_way_is_not_listed(tmp_path: Path, none: Path) -> None:
    at = install(MODEL, tmp_path, none)
    at.path.rename(tmp_path / ".simulated-male-model1.part")
    assert list_bundles(tmp_path) == []
