"""Heights on a map: order kept, median lifted, ends fixed."""

import numpy as np
import pytest

from nbkeras.analysis.descent.color_scale import levels, place, scale_of


def test_an_even_map_is_left_even():
    values = np.linspace(3, 7, 101)
    scale = scale_of(values)
    assert scale == {"low": 3.0, "high": 7.0, "bend": 0.0}
    np.testing.assert_allclose(place(values, scale), np.linspace(0, 1, 101))


def test_a_steep_map_is_bent_until_its_median_shows():
    values = np.geomspace(1e-3, 2500, 1001)
    scale = scale_of(values)
    places = place(values, scale)
    assert places[500] == pytest.approx(0.4, abs=1e-3)
    assert (places[0], places[-1]) == (0.0, pytest.approx(1.0))
    assert (np.diff(places) > 0).all()


@pytest.mark.parametrize(
    "values", [np.linspace(3, 7, 50), np.geomspace(1e-3, 2500, 50)]
)
def test_levels_are_evenly_spaced_on_the_scale(values):
    scale = scale_of(values)
    np.testing.assert_allclose(
        place(levels(scale, 8), scale), np.arange(1, 8) / 8, rtol=1e-9
    )


@pytest.mark.parametrize("values", [[np.nan, np.inf], [2.0, 2.0], []])
def test_a_map_without_heights_has_a_scale_all_the_same(values):
    scale = scale_of(np.array(values))
    assert scale["high"] > scale["low"]
    assert np.isfinite(list(scale.values())).all()
