"""Parameter randomisation (Adebayo et al. 2018, arXiv 1810.03292).

Layers get new random weights from the output backwards. A map that stays what it was does not show
what the network has learned. Maps that carry the signal as a factor keep some likeness by that.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from threading import Lock

import torch
from torch import nn

from elvmass.model.bundle import Bundle, Fold

#: Steps of the cascade, each with as many layers.
STEPS = 4
_SEED = 10
#: Layers draw from torch's one global stream: two threads at once would mix their draws.
_DRAWING = Lock()


def randomised(bundle: Bundle, fold: int = 0) -> Iterator[tuple[str, Bundle]]:
    """Yield the share of layers with random weights in words, and that bundle of one fold."""
    with _DRAWING, torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        steps = list(_steps(bundle, fold))
    yield from steps


def _steps(bundle: Bundle, fold: int) -> Iterator[tuple[str, Bundle]]:
    net = copy.deepcopy(bundle.folds[fold].net)
    layers = [m for m in net.modules() if _has_weights(m)][::-1]
    done = 0
    for step in range(1, STEPS + 1):
        upto = -(-len(layers) * step // STEPS)
        for layer in layers[done:upto]:
            _draw(layer)
        done = upto
        changed = copy.deepcopy(net)
        yield (
            f"{done} of {len(layers)}",
            replace(bundle, folds=(_with_net(bundle.folds[fold], changed),)),
        )


def all_random(bundle: Bundle, fold: int = 0) -> Bundle:
    """One fold of a bundle with random weights in every layer: the end of the cascade."""
    *_, (_, last) = randomised(bundle, fold)
    return last


def _has_weights(layer: nn.Module) -> bool:
    """Parameters, or buffers that were solved for and know how to be drawn."""
    trained = any(True for _ in layer.parameters(recurse=False))
    return trained or callable(getattr(layer, "reset_parameters", None))


def _with_net(fold: Fold, net: nn.Module) -> Fold:
    return replace(fold, net=net)  # type: ignore[arg-type]


def _draw(layer: nn.Module) -> None:
    """Weights as at the start of a training; where a layer has no such rule, shuffled ones."""
    reset = getattr(layer, "reset_parameters", None)
    with torch.no_grad():
        if callable(reset):
            reset()
            return
        for p in layer.parameters(recurse=False):
            p.copy_(p.flatten()[torch.randperm(p.numel())].view_as(p))
