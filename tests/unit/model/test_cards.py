from __future__ import annotations

from pathlib import Path

from helpers import toy_card

from elvmass.card import SCALAR_WORDS
from elvmass.model.cards import CardAt, choose
from elvmass.record import Sex

KNOWN = dict.fromkeys(SCALAR_WORDS, 1.0)


def chosen(*cards) -> str:
    at, _ = choose([CardAt(card, Path(card.name)) for card in cards], Sex.MALE, KNOWN)
    return at.card.name


def test_of_models_that_fit_alike_the_better_founded_is_taken_whatever_its_name():
    small = toy_card(name="a", n_train=40)
    large = toy_card(name="b", n_train=6000)
    real = toy_card(name="c", n_train=300, simulated=False)
    assert chosen(small, large) == chosen(large, small) == "b"
    assert chosen(small, large, real) == "c"


def test_sex_and_inputs_come_before_the_number_of_patients():
    own = toy_card(name="own", n_train=40)
    pooled = toy_card(name="pooled", sex=None, n_train=6000)
    fewer = toy_card(name="fewer", inputs="model1", n_train=6000)
    unknown = toy_card(name="unknown", n_train=9000, metrics={})
    assert chosen(own, pooled, fewer, unknown) == "own"
