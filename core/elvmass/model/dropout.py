"""Dropout from a pool of ready-made masks, fused with ReLU.

``torch.nn.functional.dropout`` draws one random number per element, which on a CPU costs more
than the convolution it follows. Here one large random mask is drawn per epoch and every layer
takes a slice at a random place: each element has the same chance of being dropped, but masks are
re-used, hence the fresh pool for each epoch.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

_STEP = 64  # slices begin at multiples of one cache line or more


class MaskPool:
    """Masks with values 0 or 1/(1 - p), drawn with torch's default generator.

    It is neither parameter nor buffer: checkpoints do not know it.
    """

    def __init__(self, p: float, size: int = 1 << 23) -> None:
        self._p = p
        self._least = self._size = size
        self._pool: Tensor | None = None
        self._kind: tuple[torch.dtype, torch.device] | None = None

    def refresh(self) -> None:
        """Throw the masks away; the next layer draws new ones. Call it once per epoch.

        What follows does not depend on what was drawn before: a training can be resumed here.
        """
        self._pool, self._size = None, self._least

    def take(self, like: Tensor) -> Tensor:
        """Return a mask of the shape, dtype and memory order of ``like`` (a dense tensor)."""
        kind = (like.dtype, like.device)
        if self._pool is None or self._kind != kind or 2 * like.numel() > self._size:
            self._size = max(self._size, 2 * like.numel() + _STEP)
            self._pool, self._kind = self._draw(like), kind
        places = (self._pool.numel() - like.numel()) // _STEP + 1
        offset = int(torch.randint(places, ()).item()) * _STEP
        return torch.as_strided(self._pool, like.shape, like.stride(), offset)

    def _draw(self, like: Tensor) -> Tensor:
        bits = torch.empty(-(-self._size // 4), dtype=torch.int64, device=like.device)
        bits.random_(-(2**63), None)
        level = round(self._p * 65536) - 32768  # 16 random bits for each element
        return (bits.view(torch.int16) >= level).to(like.dtype).mul_(1.0 / (1.0 - self._p))


class _ReluDropout(torch.autograd.Function):
    """Keep only the output: it is positive exactly where the gradient passes."""

    @staticmethod
    def forward(ctx: Any, y: Tensor, mask: Tensor, gain: float) -> Tensor:
        out = torch.relu(y).mul_(mask)
        ctx.save_for_backward(out)
        ctx.gain = gain
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (out,) = ctx.saved_tensors
        passed = torch.ops.aten.threshold_backward(grads[0], out, 0)
        return passed.mul_(ctx.gain), None, None


def relu_dropout(y: Tensor, masks: MaskPool) -> Tensor:
    """ReLU, then dropout with a mask from the pool; same shape as ``y``."""
    gain = 1.0 / (1.0 - masks._p)
    return cast(Tensor, _ReluDropout.apply(y, masks.take(y), gain))  # type: ignore[no-untyped-call]
