"""Each architecture against what its publication states or what can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from bench.published_tcn import PlainPublishedNet
from torch import nn
from unit.model.toys import NET, lively

from elvmass.model.net import ELVMassNet, NetConfig, architecture_of, build_net
from elvmass.model.nets.efficientnet import (
    STAGES,
    EfficientNet1d,
    EfficientNetConfig,
    MBConv,
    Stage,
    _encoder,
)
from elvmass.model.nets.fcn import BLOCKS, FcnConfig, FcnNet, SameConv
from elvmass.model.nets.lvm_ai import LvmAiConfig, LvmAiNet
from elvmass.model.nets.tcn_published import PublishedConfig, PublishedNet
from elvmass.record import LEADS

SMALL = {
    "tcn": NET,
    "tcn_published": PublishedConfig(n_samples=80, channels=6, levels=3, kernel=3),
    "efficientnet1d": EfficientNetConfig(n_samples=80, width=0.1),
    "lvm_ai": LvmAiConfig(n_samples=80, n_scalars=8, dropout=0.1),
    "fcn": FcnConfig(n_samples=80),
}


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield
    torch.set_num_threads(before)


def batch(config, n=3):
    return torch.randn(n, 12, config.n_samples), torch.randn(n, config.n_scalars)


def count(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize(
    ("config", "parameters"),
    [
        (NetConfig(), 173_377),
        (PublishedConfig(), 174_145),  # one gain for each channel of 24 convolutions more
        (PublishedConfig(kernel=3, levels=7), 95_041),
        (LvmAiConfig(), 1_047_497),
        # the candidate of 1,216,091 for age, one-hot sex and BMI, without the second entry of the
        # sex and without the head for hypertrophy
        (LvmAiConfig(n_scalars=3), 1_216_091 - 32 - 66),
        # three convolutions, gain and offset of their normalisations, 144 -> 144 -> 1
        (
            FcnConfig(n_scalars=16),
            (128 * 8 * 8 + 128)
            + (256 * 128 * 5 + 256)
            + (128 * 256 * 3 + 128)
            + 2 * (128 + 256 + 128)
            + (144 * 144 + 144)
            + (144 + 1),
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_parameter_counts(config, parameters):
    assert count(build_net(config)) == parameters


def test_efficientnet_has_the_parameters_of_b0():
    """B0 for images has 4,007,548 without its classifier (torchvision); a kernel k × k has k more
    rows there, in the stem and in each depthwise convolution."""
    wide, rows = 32, 3 * 32 * (3 * 3 - 3)
    for stage in STAGES:
        for _ in range(stage.repeats):
            rows += wide * stage.expansion * (stage.kernel**2 - stage.kernel)
            wide = stage.channels
    assert count(_encoder(3, EfficientNetConfig(width=1.0))) + rows == 4_007_548
    assert count(EfficientNet1d(EfficientNetConfig())) < 700_000


@pytest.mark.parametrize(
    ("kernel", "levels", "samples"),
    [(2, 8, 511), (3, 6, 253), (3, 7, 509), (5, 6, 505), (7, 5, 373), (7, 6, 757)],
)
def test_receptive_fields_of_the_table(kernel, levels, samples):
    assert PublishedConfig(kernel=kernel, levels=levels).receptive_field == samples


def positive(net: nn.Module) -> nn.Module:
    """All weights positive: no ReLU hides a sample from the gradient."""
    with torch.no_grad():
        for p in net.parameters():
            p.fill_(0.1)
    return net.eval()


def reach(encode, m: int, at: int) -> list[int]:
    """Input samples that one output sample depends on."""
    x = torch.ones(1, 12, m, requires_grad=True)
    (gradient,) = torch.autograd.grad(encode(x)[0, :, at].sum(), x)
    return gradient[0].abs().sum(0).nonzero().flatten().tolist()


def test_published_tcn_sees_its_receptive_field_of_the_past_and_nothing_else():
    config = PublishedConfig(groups="none", channels=4, levels=3, kernel=3)
    net = positive(PublishedNet(config))
    field = config.receptive_field
    assert field == 29
    assert reach(net.feature_maps, 80, 50) == list(range(50 - field + 1, 51))


@pytest.mark.parametrize("groups", ["none", "coronary"])
@pytest.mark.parametrize("kernel", [2, 7])
def test_published_tcn_equals_the_published_way_of_computing_it(kernel, groups):
    config = PublishedConfig(n_samples=300, kernel=kernel, levels=4, groups=groups)
    ours, plain = PublishedNet(config).eval(), PlainPublishedNet(config).eval()
    plain.load_state_dict(ours.state_dict())
    waveform, features = batch(config)
    answers = [net(waveform, features) for net in (ours, plain)]
    torch.testing.assert_close(*answers, rtol=0, atol=1e-6)
    names = [name for name, _ in ours.named_parameters()]
    each = [
        torch.autograd.grad(answer.square().sum(), [*net.parameters()])
        for net, answer in zip((ours, plain), answers, strict=True)
    ]
    for name, one, other in zip(names, *each, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6, msg=name)


def test_published_tcn_drops_units_in_training_as_often_as_stated():
    config = PublishedConfig(n_samples=300, dropout=0.25)
    net = positive(PublishedNet(config)).train()
    first = net.encoders[0][0].branch[0](torch.ones(8, 6, 1, 300))
    assert (first == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)


def test_our_tcn_sees_its_receptive_field_around_each_sample():
    config = NetConfig(groups="none", n_samples=80, channels=4, levels=3, kernel=3)
    net = positive(ELVMassNet(config))

    def encode(x):
        y = x[:, :, None]
        for block in net.encoders[0].blocks:
            y = net._block((block,), y)
        return y[:, :, 0]

    assert reach(encode, 80, 40) == list(range(40 - 14, 40 + 15))


@pytest.mark.parametrize("kernel", [8, 5, 3])
def test_same_padding_puts_the_larger_part_on_the_right(kernel):
    layer = SameConv(1, 1, kernel)
    signal = torch.randn(1, 1, 31)
    left = (kernel - 1) // 2  # of 7 in all: 3 before, 4 after
    padded = np.concatenate([np.zeros(left), signal[0, 0], np.zeros(kernel - 1 - left)])
    weight = layer.conv.weight.detach().numpy()[0, 0]
    expected = np.correlate(padded, weight, "valid") + layer.conv.bias.item()
    out = layer(signal).detach().numpy()[0, 0]
    assert out.shape == (31,)
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("n_scalars", [0, 4, 8])
def test_every_architecture_gives_one_number_for_each_patient(name, n_scalars):
    config = replace(SMALL[name], n_scalars=n_scalars)
    net = build_net(config)
    assert architecture_of(net.config) == name
    lively(net, 1)
    answer = net(*batch(config))
    assert answer.shape == (3,)
    assert answer.dtype == torch.float32
    assert answer.std() > 0


GROUPINGS = [
    replace(SMALL[name], groups=groups)
    for name in ("tcn", "tcn_published", "efficientnet1d")
    for groups in ("none", "limb_precordial", "coronary")
]


@pytest.mark.parametrize(
    "config", [*GROUPINGS, SMALL["lvm_ai"], SMALL["fcn"]], ids=lambda c: type(c).__name__
)
def test_every_weight_learns(config):
    net = build_net(config).train()
    net(*batch(net.config, 16)).square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())
    assert all(p.grad.abs().sum() > 0 for n, p in net.named_parameters() if n.endswith("weight"))


@pytest.mark.parametrize("name", ["tcn", "tcn_published", "efficientnet1d", "fcn"])
def test_pooled_networks_take_strips_of_any_length(name):
    net = lively(build_net(SMALL[name]), 2)
    assert net(torch.randn(2, 12, 200), torch.randn(2, 8)).shape == (2,)


@pytest.mark.parametrize("name", SMALL)
def test_bf16_is_close_to_fp32_in_answers_and_gradients(name):
    """Not a matter of course: oneDNN computes some bf16 convolutions wrongly on some CPUs."""
    net = lively(build_net(SMALL[name]), 7)
    waveform, features = batch(SMALL[name], 16)
    waveform = waveform * torch.linspace(0.3, 3.0, 16)[:, None, None]
    found = []
    for bf16 in (False, True):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            answer = net(waveform, features)
        gradients = torch.autograd.grad(answer.square().sum(), list(net.parameters()))
        first = next(g for g in gradients if g.dim() == 3 and g.shape[-1] > 1)
        found.append((answer.detach(), first))
    (exact, exact_gradient), (rough, rough_gradient) = found
    assert np.corrcoef(rough, exact)[0, 1] > 0.99
    assert np.corrcoef(rough_gradient.flatten(), exact_gradient.flatten())[0, 1] > 0.95


def test_lvm_ai_gets_its_own_lead_order_and_scale():
    net = LvmAiNet(LvmAiConfig(n_samples=80))
    seen = []
    net.stem.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    waveform = torch.arange(12.0)[None, :, None].expand(1, 12, 80)  # lead i holds i mV
    net(waveform, torch.zeros(1, 0))
    order = ["I", "II", "III", "V1", "V2", "V3", "V4", "V5", "V6", "aVF", "aVL", "aVR"]
    expected = torch.tensor([LEADS.index(name) * 1000 / 10_000 for name in order])  # µV / 10,000
    torch.testing.assert_close(seen[0][0, :, 0], expected)
    as_microvolt = LvmAiNet(LvmAiConfig(n_samples=80, ecg_scale="microvolt"))
    as_microvolt.stem.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    as_microvolt(waveform, torch.zeros(1, 0))
    torch.testing.assert_close(seen[1], 5 * seen[0])  # µV / 2,000


def test_lvm_ai_equals_its_description_written_out():
    net = lively(LvmAiNet(LvmAiConfig(n_samples=80, n_scalars=0)), 3)
    waveform = torch.randn(2, 12, 80)
    weights = iter(net.parameters())

    def conv(x):
        return F.relu(F.conv1d(x, next(weights), next(weights), padding=35))

    x = conv(waveform[:, net.rows] * 0.1)
    for _ in range(3):
        x = F.max_pool1d(x, 2)
        c1 = conv(x)
        c2 = conv(torch.cat([x, c1], 1))
        x = conv(torch.cat([x, c1, c2], 1))
    assert x.shape == (2, 16, 10)
    code = torch.stack([x[:, c, t] for t in range(10) for c in range(16)], 1)  # t * 16 + c
    for _ in range(2):
        code = F.relu(F.linear(code, next(weights), next(weights)))
    expected = F.linear(code, next(weights), next(weights))[:, 0]
    torch.testing.assert_close(net(waveform, torch.zeros(2, 0)), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("n_scalars", [0, 8])
def test_lvm_ai_starts_as_keras_does_so_that_a_raw_ecg_reaches_its_end(n_scalars):
    net = LvmAiNet(LvmAiConfig(n_samples=400, n_scalars=n_scalars)).eval()
    for module in net.modules():
        if isinstance(module, nn.Conv1d | nn.Linear):
            fans = (module.weight.shape[0] + module.weight.shape[1]) * module.weight[0, 0].numel()
            limit = (6 / fans) ** 0.5
            assert 0.9 * limit < module.weight.abs().max() <= limit or module.weight.numel() < 100
            assert (module.bias == 0).all()
    seen = []
    net.ecg.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    net(torch.randn(20, 12, 400), torch.zeros(20, n_scalars))
    assert seen[0].std(dim=0).mean() > 1e-3  # between patients; with torch's start below 5e-4


def test_fcn_sees_the_eight_independent_leads_only():
    net = lively(FcnNet(SMALL["fcn"]), 4)
    waveform, features = batch(SMALL["fcn"])
    changed = waveform.clone()
    changed[:, 2:6] += 1.0  # III, aVR, aVL, aVF
    assert torch.equal(net(changed, features), net(waveform, features))
    changed[:, 6] += 1.0
    assert not torch.equal(net(changed, features), net(waveform, features))
    assert [channels for channels, _ in BLOCKS] == [128, 256, 128]


def test_stochastic_depth_leaves_blocks_out_and_keeps_their_mean():
    block = MBConv(8, Stage(6, 8, 1, 3, 1), 1, 0.5).train()
    x = torch.randn(1, 8, 20).expand(4000, 8, 20)
    y = block(x) - x
    left_out = (y == 0).flatten(1).all(1)
    assert left_out.float().mean().item() == pytest.approx(0.5, abs=0.05)
    block.skipped = 0.0
    torch.testing.assert_close(y[~left_out][0], 2 * (block(x) - x)[0], rtol=1e-3, atol=1e-4)


def test_an_axis_as_sine_and_cosine_has_no_end():
    config = replace(NET, axis_columns=(4, 5, 6))
    net = lively(ELVMassNet(config), 5)
    waveform, features = batch(config)
    turned = features.clone()
    turned[:, 4:7] += 2 * torch.pi
    torch.testing.assert_close(net(waveform, turned), net(waveform, features), rtol=1e-4, atol=1e-5)
    turned[:, 3] += 2 * torch.pi  # the weight is no angle
    assert (net(waveform, turned) - net(waveform, features)).abs().min() > 1e-3
    with pytest.raises(ValueError, match="axis_columns"):
        replace(NET, axis_columns=(8,))


def test_lead_z_scores_forget_gain_and_offset_and_travel_with_the_weights():
    config = replace(NET, lead_zscore=True)
    net = lively(ELVMassNet(config), 6)
    waveform, features = batch(config, 30)
    gain, offset = torch.rand(12, 1) + 0.5, torch.randn(12, 1)
    net.fit_inputs(waveform)
    plain = net(waveform, features)
    net.fit_inputs(waveform * gain + offset)
    scaled = net(waveform * gain + offset, features)
    torch.testing.assert_close(scaled, plain, rtol=1e-3, atol=1e-4)
    other = ELVMassNet(config).eval()
    other.load_state_dict(net.state_dict())
    torch.testing.assert_close(other(waveform * gain + offset, features), scaled)
