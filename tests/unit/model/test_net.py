from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from unit.model.toys import NET, lively

from elvmass.model.dropout import MaskPool, relu_dropout
from elvmass.model.net import ELVMassNet, NetConfig


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield
    torch.set_num_threads(before)


def batch(config: NetConfig, n: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(n, 12, config.n_samples), torch.randn(n, config.n_scalars)


def test_default_network_has_the_documented_size():
    net = ELVMassNet(NetConfig())
    assert sum(p.numel() for p in net.parameters()) == 173_377
    # weight normalisation would add one gain per output channel of the two convolutions a block
    assert 173_377 + 2 * 6 * 2 * 32 == 174_145
    assert NetConfig().receptive_field == 757


@pytest.mark.parametrize("groups", ["none", "limb_precordial", "coronary"])
@pytest.mark.parametrize("n_scalars", [0, 4, 8])
@pytest.mark.parametrize("linear_path", [False, True])
def test_every_grouping_and_input_set_gives_one_number_for_each_patient(
    groups, n_scalars, linear_path
):
    config = replace(NET, groups=groups, n_scalars=n_scalars, linear_path=linear_path)
    answer = lively(ELVMassNet(config), 1)(*batch(config))
    assert answer.shape == (3,)
    assert answer.dtype == torch.float32
    assert answer.std() > 0


def test_grouped_convolution_equals_separate_encoders():
    net = lively(ELVMassNet(NetConfig()), 2)
    inputs = batch(net.config)
    assert net.grouped
    together = net(*inputs)
    net.grouped = False
    torch.testing.assert_close(net(*inputs), together, rtol=0, atol=1e-5)


def test_weights_are_those_of_plain_conv1d_encoders():
    """The checkpoint is layout-neutral: Conv1d with the same weights computes the same codes."""
    net = lively(ELVMassNet(NET), 3)
    waveform, _ = batch(NET)
    codes = []
    for encoder, rows in zip(net.encoders, net.rows, strict=True):
        x = waveform[:, rows]
        for block in encoder.blocks:
            y = F.relu(block.conv2(F.relu(block.conv1(x))))
            x = F.relu(y + (x if block.skip is None else block.skip(x)))
        codes.append(x.mean(dim=2))
    torch.testing.assert_close(net.encode(waveform), torch.cat(codes, 1), rtol=1e-4, atol=1e-5)
    assert all(p.dim() == 3 for n, p in net.named_parameters() if "conv" in n and "weight" in n)


def test_swapping_lead_groups_matters_but_each_lead_reaches_its_own_encoder():
    net = lively(ELVMassNet(NET), 4)
    waveform, _ = batch(NET, 1)
    changed = waveform.clone()
    changed[:, 7] += 1.0  # V2
    difference = (net.encode(changed) - net.encode(waveform)).abs()[0]
    assert difference[: NET.channels].max() == 0  # limb encoder
    assert difference[NET.channels :].max() > 0


def test_linear_path_starts_at_zero_and_adds_a_linear_map():
    config = replace(NET, linear_path=True)
    net = ELVMassNet(config).eval()
    inputs = batch(config)
    before = net(*inputs)
    with torch.no_grad():
        net.linear.weight.fill_(0.01)
    expected = before + 0.01 * (inputs[0].sum((1, 2)) + inputs[1].sum(1))
    torch.testing.assert_close(net(*inputs), expected, rtol=1e-4, atol=1e-4)


def test_impossible_configurations_are_refused():
    for change in ({"groups": "six"}, {"kernel": 4}, {"dropout": 1.0}):
        with pytest.raises(ValueError, match=next(iter(change))):
            NetConfig(**change)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("p", [0.2, 0.5])
def test_mask_pool_drops_the_right_share_and_keeps_the_mean(p, dtype):
    mask = MaskPool(p, size=1 << 18).take(torch.empty(4, 8, 1, 4000, dtype=dtype)).float()
    assert mask.unique().numel() == 2
    assert (mask == 0).float().mean().item() == pytest.approx(p, abs=0.005)
    assert mask.mean().item() == pytest.approx(1.0, abs=0.01)


def test_mask_pool_follows_the_seed_and_changes_with_each_refresh():
    like = torch.empty(2, 8, 1, 50)

    def draw() -> list[torch.Tensor]:
        torch.manual_seed(5)
        pool = MaskPool(0.3, size=1 << 14)
        first = pool.take(like).clone()
        pool.refresh()
        return [first, pool.take(like).clone()]

    a, b = draw(), draw()
    assert all(torch.equal(x, y) for x, y in zip(a, b, strict=True))
    assert not torch.equal(*a)


def test_fused_relu_dropout_has_the_gradient_of_its_parts():
    y = torch.randn(2, 6, 1, 40).contiguous(memory_format=torch.channels_last).requires_grad_()
    torch.manual_seed(1)
    out = relu_dropout(y, MaskPool(0.4, size=1 << 12))
    torch.manual_seed(1)
    mask = MaskPool(0.4, size=1 << 12).take(y)
    expected = F.relu(y) * mask
    torch.testing.assert_close(out, expected)
    gradient = torch.randn_like(out)
    (ours,) = torch.autograd.grad(out, y, gradient)
    (theirs,) = torch.autograd.grad(expected, y, gradient)
    torch.testing.assert_close(ours, theirs)


def test_training_mode_drops_and_evaluation_mode_does_not():
    net = lively(ELVMassNet(NET), 6)
    inputs = batch(NET)
    assert torch.equal(net(*inputs), net(*inputs))
    net.train()
    assert not torch.equal(net(*inputs), net(*inputs))


def test_dropout_pool_is_no_part_of_the_checkpoint():
    net = ELVMassNet(NET).train()
    net(*batch(NET))
    assert set(net.state_dict()) == {name for name, _ in net.named_parameters()}
    assert isinstance(net, nn.Module)


def test_bf16_is_close_to_fp32():
    net = lively(ELVMassNet(NET), 7)
    inputs = batch(NET, 16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = net(*inputs)
    exact = net(*inputs)
    assert np.corrcoef(rough.detach(), exact.detach())[0, 1] > 0.999
