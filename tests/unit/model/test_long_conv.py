"""The Fourier way of convolving, against torch's direct one."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from elvmass.model.nets.long_conv import BLOCK, LongConv


def direct(conv: LongConv, x: torch.Tensor) -> torch.Tensor:
    return F.conv1d(x, conv.weight, conv.bias, padding=conv.kernel_size[0] // 2)


def drawn(*shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("kernel", [1, 3, 71])
@pytest.mark.parametrize("m", [1, 8, 313, 314, 315, BLOCK, 1000])
def test_equals_the_direct_convolution(kernel, m):
    conv, x = LongConv(4, 3, kernel).double(), drawn(2, 4, m)
    torch.testing.assert_close(conv(x), direct(conv, x), rtol=0, atol=1e-12)


def test_spectra_of_parts_equal_the_parts_side_by_side():
    conv, parts = LongConv(6, 2, 71).double(), (drawn(3, 4, 700), drawn(3, 2, 700))
    got = conv.convolve([conv.spectrum(part) for part in parts], (3, 700))
    torch.testing.assert_close(got, direct(conv, torch.cat(parts, dim=1)), rtol=0, atol=1e-12)


def test_gradients_equal_those_of_the_direct_convolution():
    conv, x, up = LongConv(4, 3, 71).double(), drawn(2, 4, 700).requires_grad_(), drawn(2, 3, 700)
    wanted = torch.autograd.grad((direct(conv, x) * up).sum(), [x, *conv.parameters()])
    got = torch.autograd.grad((conv(x) * up).sum(), [x, *conv.parameters()])
    for one, other in zip(got, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kernel", [2, BLOCK // 2 + 1])
def test_a_kernel_that_does_not_fit_is_refused(kernel):
    with pytest.raises(ValueError, match="kernel must be odd"):
        LongConv(1, 1, kernel)
