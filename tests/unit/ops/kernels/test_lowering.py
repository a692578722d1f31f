"""Fast forms against XLA's own form, in float64 and over drawn settings."""

import json
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nbkeras
from nbkeras.ops.kernels import convolution, lowering, microbatching, pooling

# (x, kernel, strides, padding, data_format, dilation)
CASES = [
    ((4, 19, 18, 3), (3, 3, 3, 8), (1, 1), "valid", "channels_last", (1, 1)),
    ((3, 14, 17, 1), (5, 4, 1, 6), (1, 1), "same", "channels_last", (1, 1)),
    ((3, 12, 11, 16), (3, 3, 16, 8), (1, 1), "same", "channels_last", (1, 1)),
    ((5, 13, 13, 6), (3, 3, 6, 5), (2, 2), "same", "channels_last", (1, 1)),
    ((2, 17, 16, 4), (3, 2, 4, 5), (3, 2), "valid", "channels_first", (1, 1)),
    ((3, 15, 14, 5), (3, 3, 5, 7), (1, 1), "same", "channels_last", (2, 3)),
    ((3, 10, 9, 12), (3, 3, 4, 6), (1, 1), "valid", "channels_last", (1, 1)),
    ((3, 11, 10, 6), (3, 3, 1, 6), (2, 1), "same", "channels_first", (1, 1)),
    ((3, 40, 4), (5, 4, 6), (1,), "causal", "channels_last", (2,)),
    ((2, 8, 7, 9, 3), (3, 2, 3, 3, 4), (1, 2, 1), "same", "channels_last", (1, 1, 1)),
]

GRADIENTS = """
import json, sys
import jax, jax.numpy as jnp, numpy as np
from nbkeras.core import settings
from nbkeras.ops.kernels import convolution

if {exact}:
    jax.config.update("jax_enable_x64", True)
    settings.set_lowering("plain")
found = {{}}
for number, (x, kernel, *how) in enumerate(json.loads(sys.argv[1])):
    how = [tuple(h) if isinstance(h, list) else h for h in how]
    if how[2] == "channels_first":
        x = [x[0], x[-1], *x[1:-1]]
    draw = np.random.default_rng(number)
    x, kernel = (jnp.asarray(draw.normal(size=s).astype("f"), {dtype}) for s in (x, kernel))
    f = lambda x, kernel: convolution.conv(x, kernel, *how)
    shape = jax.eval_shape(f, x, kernel).shape
    g = jnp.asarray(draw.normal(size=shape).astype("f"), {dtype})
    run = jax.jit(lambda x, kernel, g: (f(x, kernel), *jax.vjp(f, x, kernel)[1](g)))
    for name, value in zip("ydk", run(x, kernel, g)):
        found[f"{{number}}{{name}}"] = value
np.savez(sys.argv[2], **found)
"""


@pytest.fixture(autouse=True)
def _the_usual_choice():
    yield
    nbkeras.config.set_lowering("auto")


def worst(found, exact):
    """Largest error, relative to the largest value."""
    return float(np.max(np.abs(found - exact)) / np.max(np.abs(exact)))


def test_values_and_gradients_are_as_near_to_float64_as_float32_allows(
    tmp_path, monkeypatch
):
    cases, exact = json.dumps(CASES), tmp_path / "exact.npz"
    code = GRADIENTS.format(exact=True, dtype='"float64"')
    subprocess.run([sys.executable, "-c", code, cases, exact], check=True)
    # Few bytes at once, so that the kernel's gradient is made in turns.
    monkeypatch.setattr(lowering, "BYTES_AT_ONCE", 5000)
    monkeypatch.setattr(sys, "argv", ["-c", cases, str(tmp_path / "fast.npz")])
    exec(GRADIENTS.format(exact=False, dtype='"float32"'), {})
    exact, fast = np.load(exact), np.load(tmp_path / "fast.npz")
    errors = {name: worst(fast[name], exact[name]) for name in exact}
    assert len(errors) == 3 * len(CASES)
    assert all(exact[name].dtype == np.float64 for name in exact)
    assert {name: e for name, e in errors.items() if e > 2e-6} == {}


@st.composite
def a_convolution(draw):
    each = lambda low, high: (  # noqa: E731
        draw(st.integers(low, high)),
        draw(st.integers(low, high)),
    )
    groups = draw(st.sampled_from([1, 1, 2]))
    dilation = draw(st.sampled_from([(1, 1), (1, 1), (2, 1), (2, 2)]))
    strides = each(1, 3) if dilation == (1, 1) else (1, 1)
    return (
        (draw(st.integers(1, 5)), *each(7, 10), groups * draw(st.integers(1, 5))),
        (*each(1, 4), groups * draw(st.integers(1, 3))),
        groups,
        (
            strides,
            draw(st.sampled_from(["valid", "same"])),
            draw(st.sampled_from(["channels_last", "channels_first"])),
            dilation,
        ),
    )


@settings(max_examples=12)
@given(a_convolution())
def test_the_choice_of_form_changes_no_number_by_more_than_rounding(drawn):
    shape, (height, width, filters), groups, how = drawn
    draw = np.random.default_rng(0)
    if (height - 1) * how[3][0] >= 7 or (width - 1) * how[3][1] >= 7:
        how = (how[0], "same", *how[2:])
    x = draw.normal(size=shape).astype("float32")
    x = jnp.asarray(np.moveaxis(x, -1, 1) if how[2] == "channels_first" else x)
    kernel = (height, width, shape[-1] // groups, filters)
    kernel = jnp.asarray(draw.normal(size=kernel).astype("float32"))
    results = {}
    for choice in ("auto", "plain"):
        nbkeras.config.set_lowering(choice)
        y, back = jax.vjp(
            lambda x, kernel: convolution.conv(x, kernel, *how), x, kernel
        )
        results[choice] = (y, *back(jnp.cos(jnp.arange(y.size)).reshape(y.shape)))
    for fast, plain in zip(results["auto"], results["plain"], strict=True):
        np.testing.assert_allclose(fast, plain, rtol=1e-5, atol=2e-5)


def program(choice, f, *args):
    nbkeras.config.set_lowering(choice)
    return str(jax.make_jaxpr(jax.grad(lambda *a: f(*a).sum()))(*args))


def test_plain_leaves_convolution_and_pooling_to_xla():
    x, kernel = jnp.ones((2, 8, 8, 4)), jnp.ones((3, 3, 2, 4))
    grouped = lambda x: convolution.conv(x, kernel, (1, 1))  # noqa: E731
    assert "feature_group_count=2" in program("plain", grouped, x)
    assert "feature_group_count=2" not in program("auto", grouped, x)
    pooled = lambda x: pooling.max_pool(x, (2, 2))  # noqa: E731
    assert "select_and_scatter" in program("plain", pooled, x)
    assert "select_and_scatter" not in program("auto", pooled, x)


def test_an_unknown_lowering_is_refused_with_those_that_exist():
    with pytest.raises(ValueError, match="one of 'auto', 'plain'"):
        nbkeras.config.set_lowering("fast")


def test_on_other_devices_nothing_is_rewritten(monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert not lowering.rewrites()
    assert lowering.compiler_options() is None


def test_an_option_that_this_jaxlib_does_not_know_is_left_out(monkeypatch):
    monkeypatch.setattr(lowering, "THREADED_CONVOLUTION", {"no_such_option": "x"})
    lowering._accepted.cache_clear()
    assert lowering.compiler_options() is None
    lowering._accepted.cache_clear()


@pytest.mark.parametrize(
    ("rows", "each_mb", "expected"),
    [
        (32, 2.8, 2),
        (32, 1.3, 4),
        (32, 0.1, 32),
        (31, 2.8, 2),
        (128, 0.09, 64),
        (1, 99, 1),
    ],
)
def test_rows_at_once_fill_the_cache_and_divide_the_batch_where_they_can(
    rows, each_mb, expected
):
    assert lowering.rows_at_once(rows, int(each_mb * 2**20)) == expected


def test_what_is_left_to_xla_comes_at_once_up_to_24_megabytes():
    assert lowering.rows_at_once(128, 180_000) == 32
    with lowering.left_to_xla():
        assert lowering.rows_at_once(128, 180_000) == 128
        assert lowering.rows_at_once(128, 190_000) == 32


def test_turns_add_up_to_the_whole_with_rows_filled_in():
    x = jnp.arange(14.0).reshape(7, 2)
    product = lambda a, b: a.T @ b  # noqa: E731
    whole = microbatching.total(product, 3, x, x)
    np.testing.assert_allclose(whole, np.asarray(x).T @ np.asarray(x))
    np.testing.assert_array_equal(microbatching.join(microbatching.split(x, 3), 7), x)
