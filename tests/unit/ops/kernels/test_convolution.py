"""Convolutions against sums written out in NumPy, and Keras's numbers."""

import itertools
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbkeras.core import settings as core_settings
from nbkeras.ops.kernels import convolution

some = settings(max_examples=10)
FORMATS = st.sampled_from(["channels_last", "channels_first"])


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def by_hand(x, kernel, strides, padding, dilation, groups):
    """One output position after the other, in float64; channels last."""
    rank, filters = len(strides), kernel.shape[-1]
    reach = [(k - 1) * d + 1 for k, d in zip(kernel.shape, dilation, strict=False)]
    pads = []
    for n, r, s in zip(x.shape[1:-1], reach, strides, strict=True):
        total = {"valid": 0, "causal": r - 1}.get(padding)
        if total is None:
            total = max((int(np.ceil(n / s)) - 1) * s + r - n, 0)
        before = total if padding == "causal" else total // 2
        pads.append((before, total - before))
    x = np.pad(x.astype("float64"), [(0, 0), *pads, (0, 0)])
    sizes = [
        (n - r) // s + 1 for n, r, s in zip(x.shape[1:-1], reach, strides, strict=True)
    ]
    y = np.zeros((x.shape[0], *sizes, filters))
    each_in, each_out = x.shape[-1] // groups, filters // groups
    for place in itertools.product(*map(range, sizes)):
        window = tuple(
            slice(p * s, p * s + r, d)
            for p, s, r, d in zip(place, strides, reach, dilation, strict=True)
        )
        patch = x[(slice(None), *window)]
        for g in range(groups):
            inside = patch[..., g * each_in : (g + 1) * each_in]
            outside = slice(g * each_out, (g + 1) * each_out)
            y[(slice(None), *place, outside)] = np.tensordot(
                inside, kernel[..., outside], rank + 1
            )
    return y


@st.composite
def settings_of_a_convolution(draw):
    rank = draw(st.integers(1, 3))
    each = lambda low, high: tuple(  # noqa: E731
        draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank))
    )
    dilation = each(1, 2)
    strides = (1,) * rank if max(dilation) > 1 else each(1, 3)
    kernel_size, sizes = each(1, 3), each(5, 7 if rank < 3 else 6)
    paddings = ["valid", "same", "causal"] if rank == 1 else ["valid", "same"]
    padding = draw(st.sampled_from(paddings))
    return draw(st.integers(1, 2)), sizes, kernel_size, strides, padding, dilation


def last_to_first(a):
    return np.moveaxis(a, -1, 1)


@some
@given(settings_of_a_convolution(), st.sampled_from([1, 2, 3]), FORMATS)
def test_conv_equals_the_sums_written_out(drawn, groups, data_format):
    batch, sizes, kernel_size, strides, padding, dilation = drawn
    x = normal(0, batch, *sizes, 2 * groups)
    kernel = normal(1, *kernel_size, 2, 2 * groups)
    expected = by_hand(x, kernel, strides, padding, dilation, groups)
    if data_format == "channels_first":
        x, expected = last_to_first(x), last_to_first(expected)
    y = convolution.conv(
        jnp.asarray(x), jnp.asarray(kernel), strides, padding, data_format, dilation
    )
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)


@some
@given(settings_of_a_convolution(), st.integers(1, 3), st.integers(1, 2), FORMATS)
def test_depthwise_equals_the_sums_written_out(drawn, channels, many, data_format):
    batch, sizes, kernel_size, strides, padding, dilation = drawn
    x = normal(0, batch, *sizes, channels)
    kernel = normal(1, *kernel_size, channels, many)
    grouped = kernel.reshape(*kernel_size, 1, channels * many)
    expected = by_hand(x, grouped, strides, padding, dilation, channels)
    if data_format == "channels_first":
        x, expected = last_to_first(x), last_to_first(expected)
    y = convolution.depthwise_conv(
        jnp.asarray(x), jnp.asarray(kernel), strides, padding, data_format, dilation
    )
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)


def test_a_convolution_of_one_channel_a_group_equals_the_sums_written_out():
    x, kernel = normal(0, 2, 6, 5, 4), normal(1, 3, 3, 1, 8)
    y = convolution.conv(jnp.asarray(x), jnp.asarray(kernel), (2, 1), "same")
    expected = by_hand(x, kernel, (2, 1), "same", (1, 1), 4)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)


@some
@given(settings_of_a_convolution(), FORMATS)
def test_the_transpose_is_the_adjoint_of_the_convolution(drawn, data_format):
    """<conv(y), x> = <y, conv_transpose(x)>, where the strides divide exactly."""
    batch, sizes, kernel_size, strides, _, dilation = drawn
    reach = [(k - 1) * d + 1 for k, d in zip(kernel_size, dilation, strict=True)]
    made = [
        (n - 1) * s + max(r, s) for n, s, r in zip(sizes, strides, reach, strict=True)
    ]
    kernel, x = normal(0, *kernel_size, 2, 3), normal(1, batch, *sizes, 3)
    y = normal(2, batch, *made, 2)
    forth = by_hand(y, kernel, strides, "valid", dilation, 1)
    given = last_to_first(x) if data_format == "channels_first" else x
    back = convolution.conv_transpose(
        jnp.asarray(given),
        jnp.asarray(kernel),
        strides,
        "valid",
        None,
        data_format,
        dilation,
    )
    if data_format == "channels_first":
        back = np.moveaxis(np.asarray(back), 1, -1)
    assert back.shape == y.shape
    crop = tuple(slice(0, n) for n in x.shape)
    scale = np.linalg.norm(forth) * np.linalg.norm(x)
    assert abs(np.vdot(forth[crop], x) - np.vdot(y, back)) < 1e-5 * scale


@pytest.mark.parametrize(
    ("size", "window", "stride", "expected"),
    [(4, 3, 2, (0, 1)), (5, 3, 2, (1, 1)), (6, 2, 1, (0, 1)), (5, 1, 3, (0, 0))],
)
def test_same_puts_the_odd_zero_at_the_end(size, window, stride, expected):
    assert convolution.paddings((size,), (window,), (stride,), "same") == [expected]


@pytest.mark.parametrize(
    ("taps", "stride", "padding", "expected"),
    [
        (3, 2, "same", [1, 2, 13, 20, 130, 200]),
        (2, 3, "valid", [1, 2, 0, 10, 20, 0, 100, 200, 0]),
        (5, 2, "same", [2, 13, 24, 135, 240, 350]),
    ],
)
def test_the_transpose_gives_the_numbers_of_keras(taps, stride, padding, expected):
    x = jnp.array([1.0, 10.0, 100.0]).reshape(1, 3, 1)
    kernel = jnp.arange(1.0, taps + 1).reshape(taps, 1, 1)
    y = convolution.conv_transpose(x, kernel, (stride,), padding)
    assert y.ravel().tolist() == expected


def test_whole_numbers_are_convolved_in_the_dtype_of_the_kernel():
    x = jnp.full((1, 3, 3, 1), 200, jnp.uint8)
    y = convolution.conv(x, jnp.ones((3, 3, 1, 1)), (1, 1))
    assert (y.dtype, float(y[0, 0, 0, 0])) == (jnp.float32, 1800.0)


def test_depthwise_sums_in_half_precision_lose_nothing_on_the_way():
    x = jnp.full((1, 49, 1), 1.0, jnp.bfloat16).at[0, 0, 0].set(256)
    y = convolution.depthwise_conv(x, jnp.ones((49, 1, 1)), (1,))
    assert (y.dtype, float(y[0, 0, 0])) == (jnp.bfloat16, 304.0)


def test_gradients_work_under_vmap():
    x, kernel = jnp.asarray(normal(0, 3, 5, 5, 2)), jnp.asarray(normal(1, 3, 3, 4, 2))

    def total(kernel, one):
        y = convolution.conv_transpose(one[None], kernel, (2, 2), "same")
        return jnp.sum(jnp.sin(y))

    each = jax.vmap(jax.grad(total), (None, 0))(kernel, x)
    alone = [jax.grad(total)(kernel, one) for one in x]
    np.testing.assert_allclose(each, np.stack(alone), rtol=1e-5, atol=1e-5)


DIFFERENCES = """
import jax, jax.numpy as jnp, numpy as np
jax.config.update("jax_enable_x64", True)
from nbkeras.ops.kernels import convolution

def check(name, f, *arrays):
    rng = np.random.default_rng(0)
    arrays = [jnp.asarray(rng.normal(size=shape)) for shape in arrays]
    weigh = jnp.asarray(rng.normal(size=jax.eval_shape(f, *arrays).shape))
    total = jax.jit(lambda *a: jnp.sum(weigh * f(*a)))
    grads = jax.jit(jax.grad(total, tuple(range(len(arrays)))))(*arrays)
    for i, grad in enumerate(grads):
        way = jnp.asarray(rng.normal(size=arrays[i].shape))
        moved = [[a + s * 1e-3 * way if j == i else a for j, a in enumerate(arrays)]
                 for s in (1, -1)]
        slope = (total(*moved[0]) - total(*moved[1])) / 2e-3
        error = abs(slope - jnp.vdot(grad, way)) / abs(slope)
        print(name, i, float(error))

for fmt, shape, pad in (("channels_last", (2, 5, 4, 4), "valid"),
                        ("channels_first", (2, 4, 5, 4), "same")):
    for s, d, more in (((2, 3), (1, 1), None), ((1, 1), (2, 1), None),
                       ((2, 3), (1, 1), (1, 0)), ((1, 1), (1, 1), None)):
        check("transpose", lambda x, k: convolution.conv_transpose(
            x, k, s, pad, more, fmt, d), shape, (3, 2, 3, 4))
    check("groups", lambda x, k: convolution.conv(x, k, (2, 1), pad, fmt), shape,
          (3, 2, 2, 6))
    check("depthwise", lambda x, k: convolution.depthwise_conv(x, k, (2, 1), pad, fmt),
          shape, (3, 2, 4, 2))
    check("pointwise", lambda x, k: convolution.conv(x, k, (2, 1), pad, fmt), shape,
          (1, 1, 4, 3))
"""


def test_gradients_equal_finite_differences_in_float64():
    done = subprocess.run(
        [sys.executable, "-c", DIFFERENCES], capture_output=True, text=True, check=True
    )
    errors = [float(line.split()[-1]) for line in done.stdout.splitlines()]
    assert len(errors) == 28
    assert max(errors) < 1e-6, done.stdout


def test_pointwise_gradients_equal_the_products_written_out():
    x, kernel, g = normal(0, 2, 3, 4, 5), normal(1, 1, 1, 5, 6), normal(2, 2, 3, 4, 6)
    _, back = jax.vjp(lambda x, k: convolution.conv(x, k, (1, 1)), x, kernel)
    of_x, of_kernel = back(jnp.asarray(g))
    np.testing.assert_allclose(of_x, np.einsum("nhwo,co->nhwc", g, kernel[0, 0]), 1e-4)
    expected = np.einsum("nhwc,nhwo->co", x, g)
    np.testing.assert_allclose(of_kernel[0, 0], expected, 1e-4, 1e-5)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("window", [(2,), (2, 3), (2, 1, 2)])
def test_transposed_windows_side_by_side_are_one_product(window, padding, data_format):
    sizes = (4, 5, 3)[: len(window)]
    x, kernel = normal(0, 2, *sizes, 6), normal(1, *window, 7, 6)
    x = x if data_format == "channels_last" else np.moveaxis(x, -1, 1)

    def transposed(x, kernel):
        return convolution.conv_transpose(
            x, kernel, window, padding, data_format=data_format
        )

    def values(x, kernel):
        y, pull = jax.vjp(transposed, x, kernel)
        return y, *pull(jnp.cos(y))

    assert "conv_general" not in str(jax.make_jaxpr(transposed)(x, kernel))
    ours = values(x, kernel)
    previous = core_settings.lowering()
    core_settings.set_lowering("plain")
    try:
        theirs = values(x, kernel)
    finally:
        core_settings.set_lowering(previous)
    for mine, right in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, right, rtol=1e-4, atol=1e-5)
