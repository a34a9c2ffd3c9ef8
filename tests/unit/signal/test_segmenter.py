import hashlib
import json

import numpy as np
import pytest
import torch
from safetensors.numpy import save

import elvmass_resources
from elvmass.errors import BundleError
from elvmass.signal import segmenter

torch.set_num_threads(1)
WIDTHS, CHANNELS, TAPS = (3, 4), 5, 7


def random_tensors():
    rng = np.random.default_rng(5)

    def convolution(name, n_in, n_out, taps=TAPS):
        return {
            f"{name}.weight": (0.2 * rng.standard_normal((n_out, taps * n_in))).astype(np.float32),
            f"{name}.bias": rng.standard_normal((n_out, 1)).astype(np.float32),
        }

    (a, b), c = WIDTHS, CHANNELS
    return {
        **convolution("down0.0", c, a), **convolution("down0.1", a, a),
        **convolution("down1.0", a, b), **convolution("down1.1", b, b),
        **convolution("up0.0", a + b, a), **convolution("up0.1", a, a),
        **convolution("head", a, 6, taps=1),
    }  # fmt: skip


def by_torch(tensors, x):
    def convolution(name, x):
        weight = torch.from_numpy(tensors[f"{name}.weight"])
        taps = weight.shape[1] // x.shape[1]
        weight = weight.reshape(weight.shape[0], taps, x.shape[1]).permute(0, 2, 1)
        bias = torch.from_numpy(tensors[f"{name}.bias"])[:, 0]
        return torch.nn.functional.conv1d(x, weight, bias, padding=taps // 2)

    def block(name, x):
        return convolution(f"{name}.1", convolution(f"{name}.0", x).relu()).relu()

    top = block("down0", torch.from_numpy(x)[None])
    low = block("down1", torch.nn.functional.max_pool1d(top, 2))
    up = block("up0", torch.cat([low.repeat_interleave(2, dim=2), top], 1))
    return torch.sigmoid(convolution("head", up))[0].numpy()


def test_the_network_computes_what_torch_computes():
    tensors = random_tensors()
    x = np.random.default_rng(6).standard_normal((CHANNELS, 32)).astype(np.float32)
    ours = segmenter.from_bytes(save(tensors))(x)
    np.testing.assert_allclose(ours, by_torch(tensors, x), atol=1e-5)


def beat():
    return np.random.default_rng(3).standard_normal((8, segmenter.GRID_S.size)).cumsum(axis=1)


def test_features_know_neither_gain_nor_level_nor_polarity():
    one = segmenter.features(beat(), (0.8, 0.9), (0.2, 0.4))
    sign = np.where(np.arange(8) % 3 == 0, -1.0, 1.0)[:, None]
    other = segmenter.features(2.5 * sign * (beat() + 4.0), (0.8, 0.9), (0.2, 0.4))
    assert one.shape == (11, segmenter.GRID_S.size)
    np.testing.assert_allclose(other, one, atol=1e-4)


def test_features_show_neighbours_and_the_suspected_t_wave():
    t = segmenter.GRID_S
    found = segmenter.features(beat(), (0.4, 0.5), (0.2, 0.3))
    assert t[np.argmax(found[9] * (t < 0))] == pytest.approx(-0.4, abs=0.004)
    assert t[np.argmax(found[9] * (t > 0))] == pytest.approx(0.5, abs=0.004)
    assert found[10].sum() / segmenter.RATE_HZ == pytest.approx(0.1, abs=1e-3)


def test_flat_leads_give_finite_features():
    assert np.isfinite(segmenter.features(np.zeros((8, 288)), (1.0, 1.0), None)).all()


def test_inside_measures_to_a_fraction_of_a_sample():
    samples = segmenter.inside(0.0013, 0.1).sum()
    assert samples == pytest.approx(0.0987 * segmenter.RATE_HZ, abs=1e-6)


def test_damaged_weights_are_refused():
    with pytest.raises(BundleError, match="Install elvmass again"):
        segmenter.from_bytes(b"not a network")
    tensors = random_tensors()
    del tensors["up0.1.bias"]
    with pytest.raises(BundleError, match=r"up0\.1\.bias"):
        segmenter.from_bytes(save(tensors))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(elvmass_resources, "path", lambda *_: tmp_path)
    segmenter.bundled.cache_clear()
    yield tmp_path
    segmenter.bundled.cache_clear()


def test_weights_that_are_not_those_of_the_card_are_refused(folder):
    weights = save(random_tensors())
    (folder / "weights.safetensors").write_bytes(weights)
    with pytest.raises(BundleError, match="incomplete"):
        segmenter.bundled()
    (folder / "card.json").write_text(json.dumps({"sha256": "0" * 64}))
    with pytest.raises(BundleError, match="do not match their card"):
        segmenter.bundled()
    card = {"sha256": hashlib.sha256(weights).hexdigest()}
    (folder / "card.json").write_text(json.dumps(card))
    assert segmenter.bundled() is segmenter.bundled()


def test_the_shipped_network_is_small_and_names_its_source():
    folder = elvmass_resources.path("delineation")
    assert (folder / "weights.safetensors").stat().st_size < 500_000
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert "Kalyakulina" in card["attribution"]
    assert "ODC-BY" in card["attribution"]
    assert segmenter.bundled().head.weight.shape[0] == 42
