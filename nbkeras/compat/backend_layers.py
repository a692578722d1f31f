"""Layer functions of keras.backend: convolution, padding, loops, updates.

Tutorials for Keras 1 and 2 call them in Lambda layers, losses and custom layers.
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
from nbkeras.ops.kernels import convolution, eager_loops


def _op(name):
    return all_functions.find(name)


def _convolution(name):
    def convolve(
        x, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1
    ):
        """Convolution of Keras 2; 1D convolutions also accept padding "causal"."""
        data_format = data_format or settings.image_data_format()
        if padding == "causal":
            left = dilation_rate * (kernel.shape[0] - 1)
            axis = 1 if data_format == "channels_last" else 2
            widths = [(left, 0) if index == axis else (0, 0) for index in range(3)]
            x, padding = _op("pad")(x, widths), "valid"
        return _op(name)(x, kernel, strides, padding, data_format, dilation_rate)

    return convolve


def _transposed(x, kernel, output_shape, strides=1, padding="valid", data_format=None):
    """Transposed convolution with the spatial sizes of `output_shape`."""
    data_format = data_format or settings.image_data_format()
    count = len(kernel.shape) - 2
    strides = (strides,) * count if isinstance(strides, int) else tuple(strides)
    first = 1 if data_format == "channels_last" else 2
    output_padding = []
    for axis in range(count):
        size, stride, width = x.shape[first + axis], strides[axis], kernel.shape[axis]
        cut = 2 * (width // 2) if padding == "same" else 0
        default_size = size * stride + (0 if cut else max(width - stride, 0))
        target_size = tuple(output_shape)[first + axis]
        smallest_size = (size - 1) * stride + width - cut
        is_default = target_size in (default_size, None)
        output_padding.append(None if is_default else target_size - smallest_size)
    output_padding = None if None in output_padding else tuple(output_padding)
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
        """Pad the spatial axes with zeros."""
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


def _resize_images(
    x, height_factor, width_factor, data_format=None, interpolation="nearest"
):
    """Upsample the height and width, by repetition or by interpolation."""
    data_format = data_format or settings.image_data_format()
    if interpolation == "nearest":
        return _repeated(x, (height_factor, width_factor), data_format)
    first = 1 if data_format == "channels_last" else 2
    size = x.shape[first] * height_factor, x.shape[first + 1] * width_factor
    resize = all_functions.find_in("image", "resize")
    return resize(x, size, interpolation=interpolation, data_format=data_format)


def _resize_volumes(x, depth_factor, height_factor, width_factor, data_format=None):
    """Upsample the depth, height and width by repetition."""
    data_format = data_format or settings.image_data_format()
    return _repeated(x, (depth_factor, height_factor, width_factor), data_format)


def _repeated(x, factors, data_format):
    for axis, factor in enumerate(factors, 1 if data_format == "channels_last" else 2):
        x = _op("repeat")(x, factor, axis=axis)
    return x


def _batch_dot(x, y, axes=None):
    """Batchwise dot product over one axis of `x` and one of `y`."""
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
    """Add one bias per channel, or a bias of the full shape of a sample."""
    data_format = data_format or settings.image_data_format()
    *sizes, channels = bias.shape
    sizes = sizes or [1] * (x.ndim - 2)
    is_last = data_format == "channels_last" or x.ndim == 2
    shape = (1, *sizes, channels) if is_last else (1, channels, *sizes)
    return x + _op("reshape")(bias, shape)


def _loop(function, elements, initial, reverse):
    """Fold `function(accumulator, element)` over the first axis."""
    items = [elements[index] for index in range(elements.shape[0])]
    items = items[::-1] if reverse else items
    result = items.pop(0) if initial is None else initial
    for item in items:
        result = function(result, item)
    return result


def _map(fn, elems, name=None, dtype=None):
    """Apply `fn` to each element of the first axis and stack the results."""
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
    """Scan a step function over time: (last output, all outputs, last states)."""
    del unroll, input_length
    x, states, constants = jnp.asarray(inputs), list(initial_states), constants or []
    steps = x if time_major else jnp.swapaxes(x, 0, 1)
    masks = jnp.ones((steps.shape[0], steps.shape[1]), bool)
    if mask is not None:
        mask = jnp.asarray(mask, bool).reshape(jnp.shape(mask)[:2])
        masks = mask if time_major else mask.T

    def widened(flag, array):
        return flag.reshape(-1, *(1,) * (array.ndim - 1))

    def step(carry, step_input):
        last, states = carry
        x_t, flag = step_input
        output, new = step_function(x_t, [*states, *constants])
        new = [
            jnp.where(widened(flag, n), n, old)
            for n, old in zip(new, states, strict=True)
        ]
        fallback = jnp.zeros_like(output) if zero_output_for_mask else last
        masked = jnp.where(widened(flag, output), output, fallback)
        return (masked if not zero_output_for_mask else output, new), masked

    shape = jax.eval_shape(lambda: step_function(steps[0], [*states, *constants])[0])
    start = jnp.zeros(shape.shape, shape.dtype), states

    def loop(start, inputs):
        return jax.lax.scan(step, start, inputs, reverse=go_backwards)

    (_, states), outputs = eager_loops.run(loop, start, (steps, masks))
    if go_backwards:
        outputs = jnp.flip(outputs, 0)
    last = outputs[-1]
    outputs = outputs if return_all_outputs else outputs[-1:]
    return last, outputs if time_major else jnp.swapaxes(outputs, 0, 1), states


def _switch(condition, then_expression, else_expression):
    """Select by a condition: per element, per row, or one for the whole array."""
    if callable(then_expression) and callable(else_expression):
        if np.ndim(condition) == 0:
            return _op("cond")(condition, then_expression, else_expression)
        then_expression, else_expression = then_expression(), else_expression()
    missing = np.ndim(then_expression) - np.ndim(condition)
    for _ in builtins.range(missing if np.ndim(condition) else 0):
        condition = _op("expand_dims")(condition, -1)
    return _op("where")(condition, then_expression, else_expression)


def _in_phase(phase):
    def choose(x, alt, training=None):
        """`x` in this phase and `alt` in the other one; functions are called."""
        chosen = x if bool(training) == phase else alt
        return chosen() if callable(chosen) else chosen

    return choose


@contextlib.contextmanager
def _scope(*_names, **_more):
    yield


def _assigned(change):
    def update(x, value):
        """Assign to a variable and return it, as the updates of Keras do."""
        if not isinstance(x, Variable):
            raise TypeError(
                f"K.update takes a variable, and got a {type(x).__name__}. Make it "
                "with self.add_weight(...) or keras.Variable(value)."
            )
        x.assign(change(x.value, value))
        return x

    return update


def _placeholder(shape=None, ndim=None, dtype=None, sparse=False, name=None):
    """A symbolic tensor as from `Input`, with the batch as its first axis."""
    from nbkeras.layers import Input

    del sparse
    shape = shape if shape is not None else (None,) * (ndim or 0)
    return Input(batch_shape=tuple(shape), dtype=dtype or settings.floatx(), name=name)


def _count(x):
    return int(np.prod(x.shape))


def _print_tensor(x, message="", summarize=3):
    """Print an array and return it."""
    del summarize
    if isinstance(x, jax.core.Tracer):
        jax.debug.print("{message} {x}", message=message, x=x)
    else:
        print(message, np.asarray(getattr(x, "value", x)))
    return x


def _bernoulli(shape, p=0.0, dtype=None, seed=None):
    draws = random.uniform(shape, 0.0, 1.0, None, seed)
    return (draws < p).astype(dtype or settings.floatx())


def _random_variable(sampler):
    def variable(shape, first, second, dtype=None, name=None, seed=None):
        """A variable with random initial values."""
        return Variable(sampler(shape, first, second, dtype, seed), name=name)

    return variable


def _normalize_in_training(x, gamma, beta, reduction_axes, epsilon=1e-3):
    """(normalized x, mean, variance) over `reduction_axes`."""
    mean, variance = _op("moments")(x, reduction_axes)
    shape = [1 if a in reduction_axes else n for a, n in enumerate(x.shape)]
    centred = x - mean.reshape(shape)
    y = centred / jnp.sqrt(variance.reshape(shape) + epsilon)
    y = y if gamma is None else y * gamma.reshape(shape)
    return y if beta is None else y + beta.reshape(shape), mean, variance


def _moving_average(x, value, momentum):
    return _assigned(lambda old, new: old * momentum + new * (1 - momentum))(x, value)


def _dropout(x, level, noise_shape=None, seed=None):
    """Zero a fraction `level` of the values and scale the rest by 1 / (1 - level)."""
    return random.dropout(x, level, noise_shape, seed)


def _batch_set(pairs):
    for variable, value in pairs:
        variable.assign(value)


def _ctc_batch_cost(y_true, y_pred, input_length, label_length):
    """CTC loss (batch, 1) of softmax outputs; the blank is the last class."""
    logits = _op("log")(_op("add")(y_pred, settings.epsilon()))
    lengths = [_op("reshape")(n, (-1,)) for n in (label_length, input_length)]
    blank = int(y_pred.shape[-1]) - 1
    loss = _op("ctc_loss")(y_true, logits, *lengths, mask_index=blank)
    return _op("expand_dims")(loss, 1)


def _ctc_decode(y_pred, input_length, greedy=True, beam_width=100, top_paths=1):
    """([class numbers (batch, steps), padded with -1], scores) of softmax outputs."""
    logits = _op("log")(_op("add")(y_pred, settings.epsilon()))
    paths, scores = _op("ctc_decode")(
        logits,
        input_length,
        "greedy" if greedy else "beam_search",
        beam_width,
        top_paths,
        mask_index=None,
    )
    return [paths[i] for i in range(1 if greedy else top_paths)], scores


def _local_conv(
    inputs, kernel, kernel_size, strides, output_shape=None, data_format=None
):
    """A convolution with a kernel of its own (places, size, filters) for each place."""
    data_format = data_format or settings.image_data_format()
    x, kernel = jnp.asarray(inputs), jnp.asarray(kernel)
    return convolution.local_conv(x, kernel, kernel_size, strides, data_format)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "batch_dot": _batch_dot,
    "batch_get_value": lambda xs: [np.array(getattr(x, "value", x))[()] for x in xs],
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
    "ctc_batch_cost": _ctc_batch_cost,
    "ctc_decode": _ctc_decode,
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
    "local_conv": recorded(_local_conv),
    "local_conv1d": recorded(_local_conv),
    "local_conv2d": recorded(_local_conv),
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
    "random_normal_variable": _random_variable(random.normal),
    "random_uniform_variable": _random_variable(random.uniform),
    "resize_images": _resize_images,
    "resize_volumes": _resize_volumes,
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
