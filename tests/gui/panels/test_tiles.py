"""Choosing a level, cropping, pooling and quantising, as plain functions."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.figures.axis import Scale
from analysis.figures.drawing.cells import Cut, choose, pool, quantise, values_of
from gui.theme.colors import TOP, UNDEFINED


def test_that_cells_of_a_pixel_or_more_are_not_pooled():
    assert choose((100, 100), (0, 100), (10, 20), (1.0, 7.5)) == Cut(0, 100, 10, 20, 0, 0)


def test_that_each_axis_is_pooled_only_as_far_as_it_needs():
    cut = choose((8, 2000), (0, 8), (3, 1999), (20.0, 0.3))
    assert (cut.row_power, cut.col_power) == (0, 2)
    assert (cut.col, cut.col_stop) == (0, 2000)


@pytest.mark.parametrize("with_levels", [True, False])
def test_that_a_cut_holds_the_value_of_largest_magnitude_of_its_cells(with_levels):
    values = np.random.default_rng(0).normal(size=(37, 90)).astype(np.float32)
    levels = (values, pool(values), pool(pool(values))) if with_levels else (values,)
    found = values_of(levels, Cut(8, 37, 16, 80, 2, 3))
    assert found.shape == (8, 8)
    for row in range(8):
        for col in range(8):
            block = values[8 + 4 * row : 12 + 4 * row, 16 + 8 * col : 24 + 8 * col]
            assert found[row, col] == block.flat[np.abs(block).argmax()]


def test_that_undefined_cells_do_not_hide_defined_ones_when_pooled():
    values = np.array([[np.nan, np.nan], [np.nan, 0.5]], np.float32)
    assert values_of((values,), Cut(0, 2, 0, 2, 1, 1)) == np.float32(0.5)


def test_that_values_outside_the_scale_are_clipped_and_nan_has_its_own_index():
    values = np.array([[-1, 0, 0.5, 1, np.inf, np.nan]], np.float32)
    assert quantise(values, Scale("sequential", 0, 1, "")).tolist() == [[0, 0, 127, TOP, TOP, UNDEFINED]]


def test_that_zero_is_the_middle_of_a_diverging_scale():
    assert quantise(np.array([[-3, 0, 3]], np.float32), Scale("diverging", -3, 3, "")).tolist() == [[0, 127, TOP]]


def test_that_a_logarithmic_scale_is_even_in_decades():
    values = np.array([[0, 1e-4, 1e-2, 1, np.nan]], np.float32)
    assert quantise(values, Scale("log", 1e-4, 1, "")).tolist() == [[0, 0, 127, TOP, UNDEFINED]]
