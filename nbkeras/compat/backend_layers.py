"""Functions of keras.backend behind layers: convolution, padding, loops, updates.

Tutorials of Keras 1 and 2 call them in Lambda layers, in losses and in own layers.
"""

import builtins
import contextlib
import string
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import settings
from nbkeras.core.gradients.recording import recorded
from nbkeras.core.variable import Variable
from nbkeras.layers.engine import random_numbers as random
from nbkeras.ops.functions import all_functions


def _op(name):
    return all_functions.find(name)


def _convolution(name):
    def convolve(
        x, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1
    ):
        """A convolution as in Keras 2; `padding` may be "causal" for steps."""
        data_format = data_format or settings.image_data_format()
        if padding == "causal":
            left = dilation_rate * (kernel.shape[0] - 1)
            axis = 1 if data_format == "channels_last" else 2
            widths = [(left, 0) if place == axis else (0, 0) for place in range(3)]
            x, padding = _op("pad")(x, widths), "valid"
        return _op(name)(x, kernel, strides, padding, data_format, dilation_rate)

    return convolve


def _transposed(x, kernel, output_shape, strides=1, padding="valid", data_format=None):
    """A transposed convolution whose result has the sizes of `output_shape`."""
    data_format = data_format or settings.image_data_format()
    count = len(kernel.shape) - 2
    strides = (strides,) * count if isinstance(strides, int) else tuple(strides)
    first = 1 if data_format == "channels_last" else 2
    extra = []
    for axis in range(count):
        size, stride, width = x.shape[first + axis], strides[axis], kernel.shape[axis]
        cut = 2 * (width // 2) if padding == "same" else 0
        usual = size * stride + (0 if cut else max(width - stride, 0))
        wanted = tuple(output_shape)[first + axis]
        least = (size - 1) * stride + width - cut
        extra.append(None if wanted in (usual, None) else wanted - least)
    output_padding = None if None in extra else tuple(extra)
    return _op("conv_transpose")(
        x, kernel, strides, padding, output_padding, data_format
    )


def _separable(
    x,
    depthwise_kernel,
    pointwise_kernel,
    strides=1,
    padding="valid",
    data_format=None,
    dilation_rate=1,
):
    return _op("separable_conv")(
        x,
        depthwise_kernel,
        pointwise_kernel,
        strides,
        padding,
        data_format or settings.image_data_format(),
        dilation_rate,
    )


def _pool(x, pool_size, strides=1, padding="valid", data_format=None, pool_mode="max"):
    name = {"max": "max_pool", "avg": "average_pool"}[pool_mode]
    data_format = data_format or settings.image_data_format()
    return _op(name)(x, pool_size, strides, padding, data_format)


def _padding(count):
    def pad(x, padding=None, data_format=None):
        """Zeros around the spatial axes."""
        data_format = data_format or settings.image_data_format()
        widths = padding or ((1, 1),) * count
        if count == 1:
            widths = [widths if padding else (1, 1)]
            data_format = "channels_last"
        spatial = [tuple(pair) for pair in widths]
        last = data_format == "channels_last"
        edges = [(0, 0), *spatial, (0, 0)] if last else [(0, 0), (0, 0), *spatial]
        return _op("pad")(x, edges)

    return pad


def _resize(count):
    def resize(x, *factors, data_format=None, interpolation="nearest"):
        """Repeat rows and columns (and planes), or interpolate between rows."""
        *sizes, data_format = [*factors, data_format][: count + 1]
        data_format = data_format or settings.image_data_format()
        first = 1 if data_format == "channels_last" else 2
        if interpolation != "nearest":
            shape = x.shape[first : first + count]
            wanted = [n * factor for n, factor in zip(shape, sizes, strict=True)]
            return _op("image.resize")(
                x, wanted, interpolation=interpolation, data_format=data_format
            )
        for axis, factor in enumerate(sizes, first):
            x = _op("repeat")(x, factor, axis=axis)
        return x

    return resize


def _batch_dot(x, y, axes=None):
    """Sums over one axis of `x` and one of `y`, row by row of the batch."""
    if axes is None:
        axes = [x.ndim - 1, 1 if y.ndim == 2 else y.ndim - 2]
    first, second = (axes, axes) if isinstance(axes, int) else axes
    first, second = first % x.ndim, second % y.ndim
    letters = iter(string.ascii_lowercase)
    batch, summed = next(letters), next(letters)
    left = [batch] + [summed if a == first else next(letters) for a in range(1, x.ndim)]
    right = [batch] + [
        summed if a == second else next(letters) for a in range(1, y.ndim)
    ]
    rest = [letter for letter in left[1:] + right[1:] if letter != summed]
    terms = f"{''.join(left)},{''.join(right)}->{''.join([batch, *rest])}"
    result = _op("einsum")(terms, x, y)
    return result if rest else _op("expand_dims")(result, -1)


def _bias_add(x, bias, data_format=None):
    """Adds one number for each channel, or an array as large as a row."""
    data_format = data_format or settings.image_data_format()
    *sizes, channels = bias.shape
    sizes = sizes or [1] * (x.ndim - 2)
    is_last = data_format == "channels_last" or x.ndim == 2
    shape = (1, *sizes, channels) if is_last else (1, channels, *sizes)
    return x + _op("reshape")(bias, shape)


def _loop(function, elements, initial, reverse):
    """`function(so far, element)` over the first axis."""
    items = [elements[place] for place in range(elements.shape[0])]
    items = items[::-1] if reverse else items
    result = items.pop(0) if initial is None else initial
    for item in items:
        result = function(result, item)
    return result


def _map(fn, elems, name=None, dtype=None):
    """`fn` on each element of the first axis, put together."""
    del name
    count = jax.tree.leaves(elems)[0].shape[0]
    rows = [fn(jax.tree.map(lambda a, i=i: a[i], elems)) for i in range(count)]
    result = _op("stack")(rows)
    return result if dtype is None else _op("cast")(result, dtype)


def _rnn(
    step_function: Callable[..., Any],
    inputs: Any,
    initial_states: Any,
    go_backwards: bool = False,
    mask: Any = None,
    constants: Any = None,
    unroll: bool = False,
    input_length: Any = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
    return_all_outputs: bool = True,
) -> tuple[Any, Any, list[Any]]:
    """A step function over time: (the last output, all outputs, the last states)."""
    del unroll, input_length
    x, states, constants = jnp.asarray(inputs), list(initial_states), constants or []
    steps = x if time_major else jnp.swapaxes(x, 0, 1)
    masks = jnp.ones((steps.shape[0], steps.shape[1]), bool)
    if mask is not None:
        mask = jnp.asarray(mask, bool).reshape(jnp.shape(mask)[:2])
        masks = mask if time_major else mask.T

    def widened(flag, array):
        return flag.reshape(-1, *(1,) * (array.ndim - 1))

    def step(carried, given):
        last, states = carried
        now, flag = given
        output, new = step_function(now, [*states, *constants])
        new = [
            jnp.where(widened(flag, n), n, old)
            for n, old in zip(new, states, strict=True)
        ]
        kept = jnp.zeros_like(output) if zero_output_for_mask else last
        shown = jnp.where(widened(flag, output), output, kept)
        return (shown if not zero_output_for_mask else output, new), shown

    shape = jax.eval_shape(lambda: step_function(steps[0], [*states, *constants])[0])
    start = jnp.zeros(shape.shape, shape.dtype), states
    (_, states), outputs = jax.lax.scan(
        step, start, (steps, masks), reverse=go_backwards
    )
    if go_backwards:
        outputs = jnp.flip(outputs, 0)
    last = outputs[-1]
    outputs = outputs if return_all_outputs else outputs[-1:]
    return last, outputs if time_major else jnp.swapaxes(outputs, 0, 1), states


def _switch(condition, then_expression, else_expression):
    """One of two values by a condition: of each element, of each row, or of all."""
    if callable(then_expression) and callable(else_expression):
        if np.ndim(condition) == 0:
            return _op("cond")(condition, then_expression, else_expression)
        then_expression, else_expression = then_expression(), else_expression()
    missing = np.ndim(then_expression) - np.ndim(condition)
    for _ in builtins.range(missing if np.ndim(condition) else 0):
        condition = _op("expand_dims")(condition, -1)
    return _op("where")(condition, then_expression, else_expression)


def _in_phase(wanted):
    def choose(x, alt, training=None):
        """`x` or `alt`, whichever belongs to the phase; functions are called."""
        chosen = x if bool(training) == wanted else alt
        return chosen() if callable(chosen) else chosen

    return choose


@contextlib.contextmanager
def _scope(*_names, **_more):
    yield


def _assigned(change):
    def update(x, value):
        """Assign to a variable; returns it, as Keras's updates do."""
        if not isinstance(x, Variable):
            raise TypeError(
                f"K.update takes a variable, and got a {type(x).__name__}. Make it "
                "with self.add_weight(...) or keras.Variable(value)."
            )
        x.assign(change(x.value, value))
        return x

    return update


def _placeholder(shape=None, ndim=None, dtype=None, sparse=False, name=None):
    """A symbolic tensor, as Input gives; the first axis is the batch."""
    from nbkeras.layers import Input

    del sparse
    shape = shape if shape is not None else (None,) * (ndim or 0)
    return Input(batch_shape=tuple(shape), dtype=dtype or settings.floatx(), name=name)


def _count(x):
    return int(np.prod(x.shape))


def _print_tensor(x, message="", summarize=3):
    """Print an array; returns it."""
    del summarize
    if isinstance(x, jax.core.Tracer):
        jax.debug.print("{message} {x}", message=message, x=x)
    else:
        print(message, np.asarray(getattr(x, "value", x)))
    return x


def _bernoulli(shape, p=0.0, dtype=None, seed=None):
    draws = random.uniform(shape, 0.0, 1.0, None, seed)
    return (draws < p).astype(dtype or settings.floatx())


def _drawn(draw):
    def variable(shape, first, second, dtype=None, name=None, seed=None):
        """A variable with random values."""
        return Variable(draw(shape, first, second, dtype, seed), name=name)

    return variable


def _normalize_in_training(x, gamma, beta, reduction_axes, epsilon=1e-3):
    """(normalised, mean, variance) over `reduction_axes`."""
    mean, variance = _op("moments")(x, reduction_axes)
    shape = [1 if a in reduction_axes else n for a, n in enumerate(x.shape)]
    centred = x - mean.reshape(shape)
    y = centred / jnp.sqrt(variance.reshape(shape) + epsilon)
    y = y if gamma is None else y * gamma.reshape(shape)
    return y if beta is None else y + beta.reshape(shape), mean, variance


def _moving_average(x, value, momentum):
    return _assigned(lambda old, new: old * momentum + new * (1 - momentum))(x, value)


def _dropout(x, level, noise_shape=None, seed=None):
    """A share `level` of the values becomes 0, the others grow by 1 / (1 - level)."""
    return random.dropout(x, level, noise_shape, seed)


def _batch_set(pairs):
    for variable, value in pairs:
        variable.assign(value)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "batch_dot": _batch_dot,
    "batch_get_value": lambda xs: [np.asarray(getattr(x, "value", x)) for x in xs],
    "batch_set_value": _batch_set,
    "bias_add": _bias_add,
    "cast_to_floatx": lambda x: np.asarray(x, settings.floatx()),
    "conv1d": _convolution("conv"),
    "conv2d": _convolution("conv"),
    "conv2d_transpose": _transposed,
    "conv3d": _convolution("conv"),
    "conv3d_transpose": _transposed,
    "count_params": _count,
    "depthwise_conv2d": _convolution("depthwise_conv"),
    "dropout": _dropout,
    "foldl": lambda fn, elems, initializer=None, name=None: _loop(
        fn, elems, initializer, False
    ),
    "foldr": lambda fn, elems, initializer=None, name=None: _loop(
        fn, elems, initializer, True
    ),
    "in_test_phase": _in_phase(False),
    "in_train_phase": _in_phase(True),
    "is_sparse": lambda tensor: False,
    "learning_phase_scope": _scope,
    "manual_variable_initialization": lambda value: None,
    "map_fn": _map,
    "moving_average_update": _moving_average,
    "name_scope": _scope,
    "normalize_batch_in_training": _normalize_in_training,
    "placeholder": _placeholder,
    "pool2d": _pool,
    "pool3d": _pool,
    "print_tensor": _print_tensor,
    "random_bernoulli": _bernoulli,
    "random_binomial": _bernoulli,
    "random_normal_variable": _drawn(random.normal),
    "random_uniform_variable": _drawn(random.uniform),
    "resize_images": _resize(2),
    "resize_volumes": _resize(3),
    "reverse": lambda x, axes: _op("flip")(x, axes),
    "rnn": recorded(_rnn),
    "separable_conv1d": _separable,
    "separable_conv2d": _separable,
    "spatial_2d_padding": _padding(2),
    "spatial_3d_padding": _padding(3),
    "switch": _switch,
    "temporal_padding": _padding(1),
    "to_dense": lambda tensor: tensor,
    "update": _assigned(lambda old, new: new),
    "update_add": _assigned(lambda old, new: old + new),
    "update_sub": _assigned(lambda old, new: old - new),
}
