import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from elvmass.signal.landmarks import HATS_S, SLOPES_S, Shape, cross, cross_each, foot


@pytest.mark.parametrize("step", [-1, 1])
@pytest.mark.parametrize("run", [1, 4])
def test_crossings_of_many_curves_are_those_of_each(step, run):
    rng = np.random.default_rng(run)
    curves = gaussian_filter1d(rng.standard_normal((40, 200)), 3.0, axis=1)
    start = np.argmax(curves[:, 50:150], axis=1) + 50
    level = 0.3 * curves[np.arange(40), start]
    each = [cross(*one, run) for one in zip(curves, start, [step] * 40, level, strict=True)]
    np.testing.assert_allclose(cross_each(curves, start, step, level, run), each)


def test_a_curve_that_stays_up_has_its_foot_where_its_fall_leads():
    fall = np.concatenate([np.linspace(1.0, 0.09, 46), np.full(40, 0.09)])
    assert foot(fall, 0, +1) == pytest.approx(45 / 0.91, abs=0.01)
    assert cross(fall, 0, +1, 0.0) == fall.size - 1


def test_derivatives_are_those_of_a_gaussian():
    t = np.arange(-325, 326) / 500.0
    sd = 0.04
    bump = np.exp(-0.5 * (t / sd) ** 2)[None]
    shape = Shape(bump, 500.0, 325)
    for width in {*SLOPES_S, *HATS_S}:
        wide = np.hypot(sd, width)
        smooth = sd / wide * np.exp(-0.5 * (t / wide) ** 2)
        if width in SLOPES_S:
            np.testing.assert_allclose(
                shape.slope(width)[0], -t * width / wide**2 * smooth, atol=1e-5
            )
        if width in HATS_S:
            hat = (width / wide) ** 2 * (1 - (t / wide) ** 2) * smooth
            np.testing.assert_allclose(shape.hat(width)[0], hat, atol=1e-5)
