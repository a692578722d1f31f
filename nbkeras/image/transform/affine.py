"""Affine transform of one image: rotate, shift, shear, zoom, with fill modes.

Splines (orders 2 to 5) use `scipy.ndimage.affine_transform`. Nearest-neighbour and
bilinear interpolation (orders 0 and 1) are implemented here for all four fill modes,
with the same values, because this is the inner loop of augmentation: an image of
150 x 150 x 3 takes 0.3 to 0.9 ms, and 1.8 ms in SciPy (float32, bilinear, one thread).
A transform without rotation is applied to rows, then to columns, which halves the work.
NumPy releases the GIL, so that several threads run in parallel.
"""

import threading

import numpy as np

from nbkeras.core import check
from nbkeras.core.annotations import FillMode
from nbkeras.image.annotations import SplineOrder

ORDERS = (0, 1, 2, 3, 4, 5)
FILL_MODES = ("nearest", "constant", "reflect", "wrap")
IDENTITY = np.eye(3)
MAX_BUFFER_BYTES = 2**23


def matrix(
    theta: float = 0.0,
    tx: float = 0.0,
    ty: float = 0.0,
    shear: float = 0.0,
    zx: float = 1.0,
    zy: float = 1.0,
) -> np.ndarray | None:
    """The 3 x 3 matrix R(theta) T(tx, ty) S(shear) Z(zx, zy) from output to input.

    Args:
        theta: rotation in degrees, counter-clockwise.
        tx: shift along x in pixels; +1 moves the content one column to the left.
        ty: shift along y in pixels; +1 moves the content one row up.
        shear: shear angle in degrees.
        zx: zoom along x; above 1 zooms out.
        zy: zoom along y; above 1 zooms out.

    Returns:
        float64 (3, 3) for vectors (x, y, 1); None for the identity.
    """
    result = None
    for part in _parts(theta, tx, ty, shear, zx, zy):
        result = part if result is None else result @ part
    return result


def _parts(theta, tx, ty, shear, zx, zy):
    if theta != 0:
        angle = np.deg2rad(theta)
        cos, sin = np.cos(angle), np.sin(angle)
        yield np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    if tx != 0 or ty != 0:
        yield np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1.0]])
    if shear != 0:
        shear_angle = np.deg2rad(shear)
        yield np.array(
            [[1, -np.sin(shear_angle), 0], [0, np.cos(shear_angle), 0], [0, 0, 1]]
        )
    if zx != 1 or zy != 1:
        yield np.array([[zx, 0, 0], [0, zy, 0], [0, 0, 1.0]])


def about(centre_x: float, centre_y: float, transform: np.ndarray) -> np.ndarray:
    """`transform` with (centre_x, centre_y) as its fixed point."""
    to, back = IDENTITY.copy(), IDENTITY.copy()
    to[:2, 2] = centre_x, centre_y
    back[:2, 2] = -centre_x, -centre_y
    return to @ transform @ back


def warp(
    planes: np.ndarray,
    transform: np.ndarray,
    fill_mode: FillMode = "nearest",
    cval: float = 0.0,
    order: SplineOrder = 1,
) -> np.ndarray:
    """Sample each output pixel of `planes` at its position in the input.

    Args:
        planes: (channels, rows, columns), any real dtype.
        transform: (3, 3) from output to input on (column, row, 1).
        fill_mode: values outside the image: "nearest" a|abc|c, "constant" `cval`,
            "reflect" ba|abc|cb, "wrap" with period n - 1 (SciPy's "wrap").
        cval: value outside the image for "constant".
        order: 0 for nearest neighbour, 1 for bilinear, 2 to 5 for splines.

    Returns:
        An array of the shape and dtype of `planes`.

    Raises:
        ValueError: unknown fill mode or order.

    Source: coordinates and borders are those of `scipy.ndimage`.
    """
    check.choice("warp", "fill_mode", fill_mode, FILL_MODES)
    check.choice("warp", "interpolation_order", order, ORDERS)
    if order > 1:
        return _splines(planes, transform, fill_mode, cval, order)
    if transform[1, 0] != 0 and transform[0, 1] == 0:
        # Input columns depend on columns only: swap the axes to use the fast case.
        swapped = transform[[1, 0, 2]][:, [1, 0, 2]]
        transposed = np.ascontiguousarray(planes.swapaxes(1, 2))
        return _warp(transposed, swapped, fill_mode, cval, order).swapaxes(1, 2)
    return _warp(planes, transform, fill_mode, cval, order)


def _warp(planes, transform, mode, cval, order):
    rows, columns = planes.shape[1:]
    (m_cc, m_cr, off_c), (m_rc, m_rr, off_r) = transform[:2]
    row_samples = _coordinates("rows", off_r, m_rr, m_rc, rows, columns)
    column_samples = _coordinates("columns", off_c, m_cr, m_cc, rows, columns)
    outside = None
    if mode == "constant":
        outside = _outside(row_samples, rows) | _outside(column_samples, columns)
    single = planes.dtype.kind == "f" and planes.dtype.itemsize <= 4
    work_dtype = np.float32 if single else np.float64
    row_samples = _fold_into_range(row_samples, rows, mode)
    row_samples = _neighbours("rows", row_samples, rows, order, work_dtype)
    column_samples = _fold_into_range(column_samples, columns, mode)
    column_samples = _neighbours("columns", column_samples, columns, order, work_dtype)
    source = np.ascontiguousarray(planes, work_dtype)
    sample = _sample_anywhere if m_rc else _sample_rows_then_columns
    out = sample(source, row_samples, column_samples)
    if outside is not None:
        out[:, np.broadcast_to(outside, out.shape[1:])] = cval
    return _round_to_dtype(out, planes.dtype)


def _coordinates(name, offset, along_rows, along_columns, rows, columns):
    """Input positions of all output pixels: (rows, 1), (1, columns) or (rows, columns).

    Terms are added in SciPy's order, so that positions at borders round the same way.
    """
    down = (offset + along_rows * np.arange(rows))[:, None]
    across = along_columns * np.arange(columns)[None]
    if not along_columns:
        return down
    if not along_rows:
        return offset + across
    positions = _buffer(f"{name} at", (rows, columns), np.float64)
    return np.add(down, across, out=positions)


def _outside(positions, n):
    return (positions < 0) | (positions > n - 1)


def _fold_into_range(positions, n, mode):
    """Map coordinates outside [0, n - 1] back by SciPy's fill modes."""
    if mode in ("reflect", "wrap") and n > 1:
        low, high = positions < 0, positions > n - 1
        if low.any() or high.any():
            positions = (
                _wrapped(positions, n, low, high)
                if mode == "wrap"
                else _reflected(positions, n)
            )
    # After reflection, positions up to half a pixel outside read the border pixel.
    return np.clip(positions, 0, n - 1, out=positions)


def _wrapped(positions, n, low, high):
    period = n - 1
    positions = np.where(
        low, positions + period * (np.trunc(-positions / period) + 1), positions
    )
    return np.where(high, positions - period * np.trunc(positions / period), positions)


def _reflected(positions, n):
    # ... -1 is 0, -2 is 1; n is n - 1.
    inside = np.mod(positions, 2 * n)
    return np.where(inside >= n - 0.5, 2 * n - 1 - inside, inside)


def _neighbours(name, positions, n, order, dtype):
    """(lower neighbour, weight of the upper one); the weight is None for order 0."""
    low = _buffer(f"{name} low", positions.shape, np.intp)
    if order == 0:
        np.copyto(low, np.floor(positions + 0.5), casting="unsafe")
        return low, None
    np.copyto(low, positions, casting="unsafe")
    np.minimum(low, max(n - 2, 0), out=low)
    weight = _buffer(f"{name} share", positions.shape, dtype)
    return low, np.subtract(positions, low, out=weight, casting="unsafe")


def _sample_rows_then_columns(source, row_samples, column_samples):
    channels, rows, columns = source.shape
    (low_r, weight_r), (low_c, weight_c) = row_samples, column_samples
    shape = (channels, len(low_r), columns)
    sampled = _take(source, low_r[:, 0], 1, _buffer("rows", shape, source.dtype))
    if weight_r is not None:
        step = min(1, rows - 1)
        above = _buffer("above", shape, source.dtype)
        _take(source, low_r[:, 0] + step, 1, above)
        _blend(sampled, above, weight_r)
    out = np.empty(sampled.shape, sampled.dtype)
    if len(low_c) == 1:
        low_c, axis = low_c[0], 2
    else:
        low_c += np.arange(len(low_c))[:, None] * columns
        sampled, axis = sampled.reshape(channels, -1), 1
    _take(sampled, low_c, axis, out)
    if weight_c is not None:
        right = _buffer("right", out.shape, out.dtype)
        low_c += min(1, columns - 1)
        _blend(out, _take(sampled, low_c, axis, right), weight_c)
    return out


def _sample_anywhere(source, row_samples, column_samples):
    channels, rows, columns = source.shape
    (low_r, weight_r), (low_c, weight_c) = row_samples, column_samples
    flat, index = source.reshape(channels, -1), low_r * columns + low_c
    shape = (channels, *index.shape)
    out = _take(flat, index, 1, np.empty(shape, source.dtype))
    if weight_r is None:
        return out
    right, down = min(1, columns - 1), min(1, rows - 1) * columns
    other, below = (_buffer(n, shape, source.dtype) for n in ("other", "below"))
    index += right
    _blend(out, _take(flat, index, 1, other), weight_c)
    index += down
    _take(flat, index, 1, other)
    index -= right
    _blend(_take(flat, index, 1, below), other, weight_c)
    return _blend(out, below, weight_r)


def _take(values, index, axis, out):
    # All indices are valid; with "clip" NumPy writes into `out` without a copy.
    return np.take(values, index, axis, out=out, mode="clip")


def _blend(a, b, weight):
    b -= a
    b *= weight
    a += b
    return a


class _Buffers(threading.local):
    """Reused work arrays of one thread.

    Newly allocated memory costs more than the computation: the system clears each page.
    """

    def __init__(self):
        self.by_name = {}


_buffers = _Buffers()


def _buffer(name, shape, dtype):
    buffer = _buffers.by_name.get(name)
    if buffer is None or buffer.shape != shape or buffer.dtype != dtype:
        buffer = np.empty(shape, dtype)
        if buffer.nbytes <= MAX_BUFFER_BYTES:
            _buffers.by_name[name] = buffer
    return buffer


def _round_to_dtype(values, dtype):
    """`values` in `dtype`; for integers rounded half away from zero and clipped."""
    if dtype.kind not in "iu":
        return values
    limits = np.iinfo(dtype)
    rounded = np.trunc(values + np.copysign(0.5, values))
    return np.clip(rounded, limits.min, limits.max).astype(dtype)


def _splines(planes, transform, mode, cval, order):
    from scipy import ndimage

    swapped = transform[[1, 0, 2]][:, [1, 0, 2]]
    return np.stack(
        [
            ndimage.affine_transform(
                plane,
                swapped[:2, :2],
                swapped[:2, 2],
                order=order,
                mode=mode,
                cval=cval,
            )
            for plane in planes
        ]
    )
