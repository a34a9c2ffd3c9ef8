from __future__ import annotations

import pytest
import torch
from torch import nn
from unit.train.toy_cohort import toy_config

from elvmass.train.fitting.optimise import learning_rate, make_optimiser, standstills

ERRORS = [1.0, 0.9, 0.95, 0.91, 0.8, 0.8, 0.8, 0.8, 0.8]


def test_standstills_are_counted_from_the_last_better_epoch_or_the_last_drop():
    assert [standstills(ERRORS[:n], 2) for n in range(10)] == [0, 0, 0, 0, 1, 1, 1, 2, 2, 3]
    assert standstills(ERRORS, 4) == 1
    assert standstills(ERRORS, 5) == 0


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("constant", [0.01, 0.01, 0.01]),
        ("cosine", [0.01, 0.005, 0.0]),
        ("halving", [0.01, 0.005, 0.00125]),
        ("plateau", [0.01, 0.001, 0.00001]),
    ],
)
def test_schedules(schedule, rates):
    config = toy_config(schedule=schedule, rate_patience=2)
    at = [(0.0, 0), (0.5, 4), (1.0, 9)]
    found = [learning_rate(config, done, ERRORS[:n]) for done, n in at]
    assert found == pytest.approx(rates, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "kind"), [("adam", torch.optim.Adam), ("radam", torch.optim.RAdam)]
)
def test_optimisers_take_rate_and_decay(name, kind):
    config = toy_config(optimiser=name, weight_decay=0.1)
    optimiser = make_optimiser(config, nn.Linear(2, 1).parameters())
    assert type(optimiser) is kind
    (group,) = optimiser.param_groups
    assert (group["lr"], group["weight_decay"]) == (0.01, 0.1)
