import numpy as np
import pytest

from elvmass.signal.beats import middle


@pytest.mark.parametrize("n", [*range(1, 24), 40])
@pytest.mark.parametrize("size", [5, 400])  # sorted, and by a network of exchanges
def test_the_middle_is_the_median(n, size):
    stack = np.random.default_rng(n).integers(0, 50, (n, 8, size)) / 10.0
    kept = stack.copy()
    np.testing.assert_array_equal(middle(stack), np.median(stack, axis=0))
    np.testing.assert_array_equal(stack, kept)
