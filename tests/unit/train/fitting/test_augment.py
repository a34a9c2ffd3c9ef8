from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import synthetic_signal
from unit.model.toys import SPEC
from unit.train.toy_cohort import toy_config

from elvmass.card import View
from elvmass.train.fitting.augment import _displace, _rotate, make_augment, random_crop, rerecord

ECG = torch.tensor(synthetic_signal(250.0, 2.0), dtype=torch.float32)


@pytest.fixture(autouse=True)
def _seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def test_no_augmentation_draws_nothing_and_changes_nothing():
    state = torch.random.get_rng_state()
    assert make_augment(toy_config())(ECG[None]) is not None
    assert torch.equal(make_augment(toy_config())(ECG[None]), ECG[None])
    assert torch.equal(state, torch.random.get_rng_state())


def test_crops_are_pieces_of_their_strips_at_places_and_of_lengths_of_their_own():
    ramp = torch.arange(1000.0).expand(8, 12, 1000) + torch.arange(8)[:, None, None] * 1e4
    spec = replace(SPEC, view=View.STRIP)
    crop = make_augment(toy_config(augmentation="crop", beat=spec))
    lengths = set()
    for _ in range(40):
        piece = crop(ramp)
        n = piece.shape[2]
        lengths.add(n)
        start = piece[:, :, :1]
        assert torch.equal(piece, start + torch.arange(n))  # in one piece, from all leads
        assert ((start[:, 0, 0] // 1e4) == torch.arange(8)).all()  # each from its own strip
        assert len(set((start[:, 0, 0] % 1e4).tolist())) > 1 or n > 990
    assert min(lengths) >= 200  # 2 s at 100 Hz
    assert max(lengths) <= 1000
    assert len(lengths) > 30


def test_a_strip_shorter_than_the_shortest_crop_stays_whole():
    assert torch.equal(random_crop(ECG[None], 10_000), ECG[None])


def test_a_second_recording_obeys_einthoven_and_shows_the_same_heart():
    copies = rerecord(ECG.expand(300, -1, -1))
    i, ii, iii, avr, avl, avf = copies[:, :6].unbind(1)
    for found, expected in (
        (iii, ii - i), (avr, -(i + ii) / 2), (avl, i - ii / 2), (avf, ii - i / 2),
    ):  # fmt: skip
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)
    alike = [np.corrcoef(ECG.flatten(), c.flatten())[0, 1] for c in copies[:50]]
    assert 0.9 < min(alike) < 0.999
    assert len({round(a, 6) for a in alike}) == 50
    centre = copies.mean(0)
    assert (centre - ECG)[:, :].abs().max() < 0.06 * ECG.abs().max()


def test_the_frontal_vector_turns_and_keeps_its_length():
    """Without gain and noise: I and II of a unit vector at 0° and 60°."""
    angle = torch.tensor([[np.pi / 3]], dtype=torch.float64)
    i = torch.tensor([[1.0]], dtype=torch.float64)  # a vector along I
    turned = _rotate(i, 0.5 * i, angle)
    torch.testing.assert_close(turned[0, :, 0], torch.tensor([0.5, 1.0], dtype=torch.float64))


def test_an_electrode_moves_towards_its_neighbours_and_never_off_the_chest():
    chest = torch.arange(6.0)[None, :, None].expand(2, 6, 3)
    shift = torch.tensor([0.25, -0.25])[:, None, None].expand(2, 6, 1)
    found = _displace(chest, shift)[:, :, 0]
    assert found[0].tolist() == [0.25, 1.25, 2.25, 3.25, 4.25, 5.0]
    assert found[1].tolist() == [0.0, 0.75, 1.75, 2.75, 3.75, 4.75]
