"""Affine transform of one image: rotate, shift, shear, zoom, with fill modes.

Splines (orders 2 to 5) are `scipy.ndimage.affine_transform`. Nearest neighbour and
bilinear interpolation (orders 0 and 1) are ours, in all four fill modes, with the same
values: an image of 150 x 150 x 3 takes 0.3 to 0.9 ms here and 1.8 ms in SciPy (float32,
bilinear, one thread), and this is the inner loop of augmentation. A map without
rotation (shift, shear, zoom) is applied to rows first, then to columns: half the work.
NumPy releases the interpreter lock meanwhile, so that threads work side by side.
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
    """The 3x3 map R(theta) T(tx, ty) S(shear) Z(zx, zy) from output to input.

    Args:
        theta: turn in degrees, counter-clockwise.
        tx: shift along x in pixels; +1 moves the content one column to the left.
        ty: shift along y in pixels; +1 moves the content one row up.
        shear: shear angle in degrees.
        zx: zoom along x; above 1 the content gets narrower.
        zy: zoom along y; above 1 the content gets lower.

    Returns:
        float64 (3, 3) on columns (x, y, 1), or None where nothing moves.
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
    """`transform` with (centre_x, centre_y) as the point that stays in place."""
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
        fill_mode: what lies outside: "nearest" a|abc|c, "constant" `cval`,
            "reflect" ba|abc|cb, "wrap" with period n - 1 (as SciPy's "wrap").
        cval: the value outside for "constant".
        order: interpolation: 0 nearest pixel, 1 bilinear, 2 to 5 splines.

    Returns:
        An array of the shape and dtype of `planes`.

    Raises:
        ValueError: unknown fill mode or order.

    Source: the coordinates and borders are those of `scipy.ndimage`.
    """
    check.choice("warp", "fill_mode", fill_mode, FILL_MODES)
    check.choice("warp", "interpolation_order", order, ORDERS)
    if order > 1:
        return _splines(planes, transform, fill_mode, cval, order)
    if transform[1, 0] != 0 and transform[0, 1] == 0:
        # Columns depend on columns only: the same case with the axes exchanged.
        exchanged = transform[[1, 0, 2]][:, [1, 0, 2]]
        transposed = np.ascontiguousarray(planes.swapaxes(1, 2))
        return _warp(transposed, exchanged, fill_mode, cval, order).swapaxes(1, 2)
    return _warp(planes, transform, fill_mode, cval, order)


def _warp(planes, transform, mode, cval, order):
    rows, columns = planes.shape[1:]
    (m_cc, m_cr, off_c), (m_rc, m_rr, off_r) = transform[:2]
    row_places = _coordinates("rows", off_r, m_rr, m_rc, rows, columns)
    column_places = _coordinates("columns", off_c, m_cr, m_cc, rows, columns)
    outside = None
    if mode == "constant":
        outside = _outside(row_places, rows) | _outside(column_places, columns)
    single = planes.dtype.kind == "f" and planes.dtype.itemsize <= 4
    work = np.float32 if single else np.float64
    row_places = _fold_into_range(row_places, rows, mode)
    row_places = _neighbours("rows", row_places, rows, order, work)
    column_places = _fold_into_range(column_places, columns, mode)
    column_places = _neighbours("columns", column_places, columns, order, work)
    source = np.ascontiguousarray(planes, work)
    sample = _sample_anywhere if m_rc else _sample_rows_then_columns
    out = sample(source, row_places, column_places)
    if outside is not None:
        out[:, np.broadcast_to(outside, out.shape[1:])] = cval
    return _round_to_dtype(out, planes.dtype)


def _coordinates(name, offset, along_rows, along_columns, rows, columns):
    """Input positions of all output pixels: (rows, 1), (1, columns) or (rows, columns).

    The sums are made in SciPy's order, so that borders fall alike.
    """
    down = (offset + along_rows * np.arange(rows))[:, None]
    across = along_columns * np.arange(columns)[None]
    if not along_columns:
        return down
    if not along_rows:
        return offset + across
    at = _buffer(f"{name} at", (rows, columns), np.float64)
    return np.add(down, across, out=at)


def _outside(at, n):
    return (at < 0) | (at > n - 1)


def _fold_into_range(at, n, mode):
    """Map coordinates outside [0, n - 1] back by SciPy's fill modes."""
    if mode in ("reflect", "wrap") and n > 1:
        low, high = at < 0, at > n - 1
        if low.any() or high.any():
            at = _wrapped(at, n, low, high) if mode == "wrap" else _reflected(at, n)
    # After reflecting, half a pixel at the border looks at the border pixel twice.
    return np.clip(at, 0, n - 1, out=at)


def _wrapped(at, n, low, high):
    period = n - 1
    at = np.where(low, at + period * (np.trunc(-at / period) + 1), at)
    return np.where(high, at - period * np.trunc(at / period), at)


def _reflected(at, n):
    # ... -1 is 0, -2 is 1; n is n - 1.
    inside = np.mod(at, 2 * n)
    return np.where(inside >= n - 0.5, 2 * n - 1 - inside, inside)


def _neighbours(name, at, n, order, work):
    """(lower neighbour, share of the one above it); the share is None for order 0."""
    low = _buffer(f"{name} low", at.shape, np.intp)
    if order == 0:
        np.copyto(low, np.floor(at + 0.5), casting="unsafe")
        return low, None
    np.copyto(low, at, casting="unsafe")
    np.minimum(low, max(n - 2, 0), out=low)
    share = _buffer(f"{name} share", at.shape, work)
    return low, np.subtract(at, low, out=share, casting="unsafe")


def _sample_rows_then_columns(source, row_places, column_places):
    channels, rows, columns = source.shape
    (low_r, share_r), (low_c, share_c) = row_places, column_places
    shape = (channels, len(low_r), columns)
    sampled = _take(source, low_r[:, 0], 1, _buffer("rows", shape, source.dtype))
    if share_r is not None:
        step = min(1, rows - 1)
        above = _buffer("above", shape, source.dtype)
        _take(source, low_r[:, 0] + step, 1, above)
        _blend(sampled, above, share_r)
    out = np.empty(sampled.shape, sampled.dtype)
    if len(low_c) == 1:
        low_c, axis = low_c[0], 2
    else:
        low_c += np.arange(len(low_c))[:, None] * columns
        sampled, axis = sampled.reshape(channels, -1), 1
    _take(sampled, low_c, axis, out)
    if share_c is not None:
        right = _buffer("right", out.shape, out.dtype)
        low_c += min(1, columns - 1)
        _blend(out, _take(sampled, low_c, axis, right), share_c)
    return out


def _sample_anywhere(source, row_places, column_places):
    channels, rows, columns = source.shape
    (low_r, share_r), (low_c, share_c) = row_places, column_places
    flat, index = source.reshape(channels, -1), low_r * columns + low_c
    shape = (channels, *index.shape)
    out = _take(flat, index, 1, np.empty(shape, source.dtype))
    if share_r is None:
        return out
    right, down = min(1, columns - 1), min(1, rows - 1) * columns
    other, below = (_buffer(n, shape, source.dtype) for n in ("other", "below"))
    index += right
    _blend(out, _take(flat, index, 1, other), share_c)
    index += down
    _take(flat, index, 1, other)
    index -= right
    _blend(_take(flat, index, 1, below), other, share_c)
    return _blend(out, below, share_r)


def _take(values, index, axis, out):
    # "clip" (nothing is outside) lets NumPy write into `out` without a copy.
    return np.take(values, index, axis, out=out, mode="clip")


def _blend(a, b, share):
    b -= a
    b *= share
    a += b
    return a


class _Buffers(threading.local):
    """Work arrays of one thread.

    Fresh memory costs more than the calculation: the system clears each page.
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
