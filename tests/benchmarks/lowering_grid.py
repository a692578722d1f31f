"""The forms of an operation over a grid of shapes, for the choices of `lowering.py`.

    python tests/benchmarks/lowering_grid.py [--calls 9]

Printed is the least processor time of a call in milliseconds, by form: of a depthwise
convolution and the gradient of its kernel (XLA's own, and the sum of shifted inputs with
the products of 2 to 32 rows summed at a time), of a sum over all axes but the channels,
and of the gradient of a pointwise kernel. The fastest form of a line is marked.
"""

import argparse
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from nbkeras.ops.kernels import channels, cpu_convolution, cpu_depthwise, lowering

SHAPES = [
    (32, 32, 32, 32),
    (32, 32, 32, 64),
    (32, 16, 16, 128),
    (32, 8, 8, 256),
    (8, 56, 56, 64),
    (128, 14, 14, 32),
]
ROWS = (2, 4, 8, 16, 32)


def milliseconds(function, arrays, calls):
    """The least processor time of a call of `function`, compiled."""
    run = jax.jit(function, compiler_options=lowering.compiler_options())
    jax.block_until_ready(run(*arrays))
    times = []
    for _ in range(calls):
        start = time.process_time()
        jax.block_until_ready(run(*arrays))
        times.append(time.process_time() - start)
    return 1e3 * min(times)


def with_rows(rows, function):
    """`function`, traced with `rows` rows of products summed at a time."""

    def traced(*arrays):
        usual, lowering.ROWS_OF_PRODUCTS = lowering.ROWS_OF_PRODUCTS, rows
        try:
            return function(*arrays)
        finally:
            lowering.ROWS_OF_PRODUCTS = usual

    return traced


def depthwise_by_xla(x, kernel, stride):
    kernel = kernel.reshape(*kernel.shape[:2], 1, -1)
    return lax.conv_general_dilated(
        x,
        kernel,
        (stride, stride),
        [(1, 1), (1, 1)],
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=x.shape[-1],
    )


def depthwise_forms(x, stride):
    """{operation: {form: (function, arrays)}} of a 3 x 3 depthwise convolution."""
    kernel = jnp.ones((3, 3, x.shape[-1], 1))
    settings = (stride, stride), ((1, 1), (1, 1)), (1, 1)

    def shifted(x, kernel):
        return cpu_depthwise.convolve(x, kernel, *settings)

    def by_xla(x, kernel):
        return depthwise_by_xla(x, kernel, stride)

    def of_kernel(forward):
        return lambda x, kernel, g: jax.vjp(lambda k: forward(x, k), kernel)[1](g)

    g = shifted(x, kernel)
    forward = {"xla": (by_xla, (x, kernel)), "shifted": (shifted, (x, kernel))}
    gradient = {"xla": (of_kernel(by_xla), (x, kernel, g))} | {
        f"{rows} rows": (with_rows(rows, of_kernel(shifted)), (x, kernel, g))
        for rows in ROWS
    }
    return {
        f"depthwise, stride {stride}": forward,
        f"its kernel's gradient, stride {stride}": gradient,
    }


def channel_forms(x):
    kernel = jnp.ones((x.shape[-1], x.shape[-1]))

    def of_kernel(forward):
        return lambda x, kernel, g: jax.vjp(lambda k: forward(x, k), kernel)[1](g)

    arrays = (x, kernel, x + 1)
    return {
        "sum over all but channels": {
            "xla": (lambda x: x.sum((0, 1, 2)), (x,)),
            "product with ones": (channels.channel_sums, (x,)),
        },
        "pointwise kernel's gradient": {
            "jax": (of_kernel(jnp.matmul), arrays),
            "products of matrices": (of_kernel(cpu_convolution.pointwise), arrays),
        },
    }


def main(calls):
    draw = np.random.default_rng(0)
    for shape in SHAPES:
        x = jnp.asarray(draw.normal(size=shape), jnp.float32)
        operations = {
            **depthwise_forms(x, 1),
            **depthwise_forms(x, 2),
            **channel_forms(x),
        }
        for operation, forms in operations.items():
            times = {form: milliseconds(*call, calls) for form, call in forms.items()}
            least = min(times.values())
            cells = [
                f"{form} {ms:.2f}{' *' if ms == least else ''}"
                for form, ms in times.items()
            ]
            name = " x ".join(map(str, shape))
            print(f"{name} | {operation} | {' | '.join(cells)}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=9)
    main(parser.parse_args().calls)
