import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from elvmass.choices import BANDS
from elvmass.signal import filters


def tone(hz: float, rate_hz: float, seconds: float = 12.0) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)[None]


def middle(signal: np.ndarray) -> np.ndarray:
    n = signal.shape[-1]
    return signal[..., n // 3 : -n // 3]


@pytest.mark.parametrize("rate_hz", [250.0, 500.0, 1000.0])
@pytest.mark.parametrize(("hz", "gain"), [(0.5, 0.5), (100.0, 0.5), (10.0, 1.0), (2.0, 1.0)])
def test_band_edges_are_half_amplitude_at_every_rate(rate_hz, hz, gain):
    out = filters.band_pass(tone(hz, rate_hz), rate_hz, BANDS["paper"])
    assert np.sqrt(2) * middle(out).std() == pytest.approx(gain, abs=0.02)


def test_equals_forward_backward_butterworth_far_below_nyquist():
    rng = np.random.default_rng(1)
    x = np.cumsum(rng.standard_normal((2, 40_000)), axis=1) / 50 + rng.standard_normal((2, 40_000))
    ours = filters.band_pass(x, 4000.0, (0.5, 100.0))
    sos = butter(3, (0.5, 100.0), "bandpass", fs=4000.0, output="sos")
    difference = middle(ours - sosfiltfilt(sos, x, axis=1))
    # A band-pass of order 3 is not exactly the product of its two halves; that is all that differs.
    assert difference.std() < 0.01 * middle(ours).std()


def test_zero_phase():
    pulse = np.zeros((1, 4001))
    pulse[0, 2000] = 1.0
    out = filters.band_pass(pulse, 500.0, (0.5, 40.0))[0]
    assert np.argmax(out) == 2000
    np.testing.assert_allclose(out[1500:2000], out[2500:2000:-1], atol=1e-5)


def test_offset_and_slope_do_not_ring_at_the_ends():
    ramp = np.linspace(5.0, 9.0, 5000)[None]
    assert np.abs(filters.band_pass(ramp, 500.0, (0.5, 100.0))).max() < 1e-6


def test_no_low_pass_when_the_edge_is_beyond_nyquist():
    out = filters.band_pass(tone(60.0, 125.0), 125.0, (0.5, 100.0))
    assert np.abs(middle(out)).max() == pytest.approx(1.0, abs=0.02)
    assert filters.effective_band((0.05, 150.0), 250.0) == ((0.05, float("inf")), False)
    with pytest.raises(ValueError, match="band"):
        filters.effective_band((40.0, 0.5), 500.0)


@pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(1000, 500), (250, 500), (360, 500), (257.3, 250), (500, 250)]
)
def test_resampling_keeps_time_and_value(from_hz, to_hz):
    signal = 3.0 + tone(7.3, from_hz, 10.0)
    out = filters.resample(signal, from_hz, to_hz)
    t = np.arange(out.shape[1]) / to_hz
    expected = 3.0 + np.sin(2 * np.pi * 7.3 * t)
    np.testing.assert_allclose(middle(out[0]), middle(expected), atol=4e-3)


def test_resampling_removes_what_would_alias():
    out = filters.resample(tone(200.0, 1000.0), 1000.0, 250.0)
    assert np.abs(middle(out)).max() < 1e-3


@pytest.mark.parametrize("mains", [50.0, 60.0])
def test_notch_is_chosen_only_when_mains_is_there(mains):
    rng = np.random.default_rng(2)
    quiet = 0.005 * rng.standard_normal((2, 5000))

    def found(x: np.ndarray) -> float | None:
        return filters.mains_hz(filters.analyse(x, 500.0, 0.5, 500.0))

    assert found(quiet) is None
    hum = quiet + 0.02 * tone(mains, 500.0, 10.0)
    assert found(hum) == mains
    out = filters.band_pass(hum, 500.0, (0.5, 100.0), notch_hz=mains)
    assert middle(out).std() < 0.006


def test_gaps_are_bridged_and_marked():
    x = np.vstack([np.arange(10.0), np.arange(10.0)])
    x[0, 3:6] = np.nan
    filled, gap = filters.fill_gaps(x)
    np.testing.assert_allclose(filled[0], np.arange(10.0))
    assert gap.tolist() == [False] * 3 + [True] * 3 + [False] * 4


def test_fractional_samples_are_exact():
    signal = tone(60.0, 500.0, 2.0)
    positions = np.linspace(100.13, 800.77, 333)
    exact = np.sin(2 * np.pi * 60.0 * positions / 500.0)
    np.testing.assert_allclose(filters.sample_at(signal, positions)[0], exact, atol=1e-3)
    np.testing.assert_allclose(
        filters.window_at(signal, 100.13, 50),
        filters.sample_at(signal, 100.13 + np.arange(50)),
        atol=1e-12,
    )


def test_windows_at_many_places_agree_with_the_interpolator_and_keep_the_end_values():
    t = np.arange(2000) / 500.0
    signal = np.stack([np.sin(2 * np.pi * 30.0 * t), np.cos(2 * np.pi * 7.0 * t)])
    starts = np.array([100.13, 1500.5, -60.3, 1980.9])
    windows = filters.windows_at(signal, starts, 50)
    assert windows.shape == (4, 2, 50)
    for window, start in zip(windows[:2], starts, strict=False):
        exact = filters.sample_at(signal, start + np.arange(50))
        np.testing.assert_allclose(window, exact, atol=2e-3)
    np.testing.assert_allclose(windows[2], signal[:, :1] * np.ones(50), atol=1e-12)
    np.testing.assert_allclose(windows[3, :, 30:], signal[:, -1:] * np.ones(20), atol=1e-12)


def test_a_lead_is_transformed_when_it_is_asked_for():
    signal = np.random.default_rng(0).standard_normal((3, 1000))
    one_by_one = filters.analyse(signal, 500.0, 0.5, 500.0)
    gain = one_by_one.gain((0.5, 70.0), None)
    parts = [one_by_one.render(gain, 500.0, [row])[0] for row in (2, 0, 1)]
    at_once, rate_hz = filters.analyse(signal, 500.0, 0.5, 500.0).render(gain, 500.0)
    assert rate_hz == 500.0
    np.testing.assert_allclose(np.concatenate(parts)[[1, 2, 0]], at_once, atol=1e-12)
    single, _ = one_by_one.render(gain, 500.0, single=True)
    assert single.dtype == np.float64
    np.testing.assert_allclose(single, at_once, atol=1e-5)
