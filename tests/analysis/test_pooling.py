import numpy as np
import pytest

from analysis.figures.axis import Axis, Scale
from analysis.figures.drawing.cells import pool
from analysis.figures.heatmap import Heatmap, with_levels


def figure(values: np.ndarray) -> Heatmap:
    return Heatmap("", values, Axis("a", values.shape[0]), Axis("b", values.shape[1]), Scale("diverging", -9, 9, ""))


@pytest.mark.parametrize("shape", [(8, 8), (7, 5), (1, 6), (3, 1)])
def test_that_pooling_keeps_the_largest_magnitude_with_its_sign(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    found = pool(values)
    assert found.shape == (-(-shape[0] // 2), -(-shape[1] // 2))
    for row in range(found.shape[0]):
        for col in range(found.shape[1]):
            cells = values[2 * row : 2 * row + 2, 2 * col : 2 * col + 2].ravel()
            assert found[row, col] == cells[np.abs(cells).argmax()]


def test_that_an_undefined_cell_gives_way_to_a_defined_one() -> None:
    values = np.array([[np.nan, np.nan, np.nan, -2.0], [np.nan, np.nan, 1.0, np.nan]], np.float32)
    found = pool(values)
    assert np.isnan(found[0, 0])
    assert found[0, 1] == -2.0


def test_that_a_single_hot_cell_survives_to_the_coarsest_level() -> None:
    values = np.zeros((2048, 1500), np.float32)
    values[1234, 777] = -3.0
    levels = with_levels(figure(values)).levels
    assert levels[0].shape == (2048, 1500)
    assert max(levels[-1].shape) <= 192
    assert all(level.min() == -3.0 for level in levels)


def test_that_a_small_picture_is_left_alone() -> None:
    assert with_levels(figure(np.zeros((100, 100), np.float32))).levels == ()


def test_that_values_without_sign_pool_to_their_largest() -> None:
    values = np.random.default_rng(1).uniform(size=(9, 6)).astype(np.float32)
    values[2, 3] = np.nan
    np.testing.assert_array_equal(pool(values, signed=False), pool(values))
