"""Moving the pixels of one picture by an affine map, as SciPy does, without SciPy.

Orders 0 and 1 are NumPy only, and NumPy lets go of the interpreter lock while it
works, so several pictures are turned at once on several threads. A map without
rotation (shift, shear, zoom) is done as rows first, then columns: half the work.
"""

import numpy as np

from nbkeras.core import check

FILL_MODES = ("nearest", "constant", "reflect", "wrap")
IDENTITY = np.eye(3)


def matrix(theta=0.0, tx=0.0, ty=0.0, shear=0.0, zx=1.0, zy=1.0):
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
        turn = np.deg2rad(theta)
        cos, sin = np.cos(turn), np.sin(turn)
        yield np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    if tx != 0 or ty != 0:
        yield np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1.0]])
    if shear != 0:
        lean = np.deg2rad(shear)
        yield np.array([[1, -np.sin(lean), 0], [0, np.cos(lean), 0], [0, 0, 1]])
    if zx != 1 or zy != 1:
        yield np.array([[zx, 0, 0], [0, zy, 0], [0, 0, 1.0]])


def about(centre_x, centre_y, transform):
    """`transform` with (centre_x, centre_y) as the point that stays in place."""
    to, back = IDENTITY.copy(), IDENTITY.copy()
    to[:2, 2] = centre_x, centre_y
    back[:2, 2] = -centre_x, -centre_y
    return to @ transform @ back


def warp(planes, transform, fill_mode="nearest", cval=0.0, order=1):
    """Look up each output pixel of `planes` at its place in the input.

    Args:
        planes: (channels, rows, columns), any real dtype.
        transform: (3, 3) from output to input on (column, row, 1).
        fill_mode: what lies outside: "nearest" a|abc|c, "constant" `cval`,
            "reflect" ba|abc|cb, "wrap" with period n - 1 (as SciPy's "wrap").
        cval: the value outside for "constant".
        order: 0 nearest pixel, 1 linear, 2 to 5 splines (these need SciPy).

    Returns:
        An array of the shape and dtype of `planes`.

    Raises:
        ValueError: unknown fill mode or order.
        ImportError: an order above 1 without SciPy.

    Source: the coordinates and borders are those of `scipy.ndimage`.
    """
    check.choice("warp", "fill_mode", fill_mode, FILL_MODES)
    check.choice("warp", "interpolation_order", order, (0, 1, 2, 3, 4, 5))
    if order > 1:
        return _splines(planes, transform, fill_mode, cval, order)
    if transform[1, 0] != 0 and transform[0, 1] == 0:
        # Columns depend on columns only: the same case with the axes exchanged.
        turned = transform[[1, 0, 2]][:, [1, 0, 2]]
        side = np.ascontiguousarray(planes.swapaxes(1, 2))
        return _warp(side, turned, fill_mode, cval, order).swapaxes(1, 2)
    return _warp(planes, transform, fill_mode, cval, order)


def _warp(planes, transform, mode, cval, order):
    single = planes.dtype.kind == "f" and planes.dtype.itemsize <= 4
    work = np.float32 if single else np.float64
    rows, columns = planes.shape[1:]
    (m_cc, m_cr, off_c), (m_rc, m_rr, off_r) = transform[:2]
    r, c = np.arange(rows), np.arange(columns)
    at_rows = off_r + m_rr * r
    at_columns = off_c + m_cr * r[:, None] + m_cc * c if m_cr else off_c + m_cc * c
    if m_rc:
        at_rows = at_rows[:, None] + m_rc * c
    fill = cval if mode == "constant" else None
    outside_r = _outside(at_rows, rows) if fill is not None else None
    outside_c = _outside(at_columns, columns) if fill is not None else None
    at_rows = _places(_map_back(at_rows, rows, mode), rows, order, work)
    at_columns = _places(_map_back(at_columns, columns, mode), columns, order, work)
    out = np.empty(planes.shape, planes.dtype)
    look = _look_everywhere if m_rc else _look_rows_then_columns
    for k, plane in enumerate(planes):
        plane = np.ascontiguousarray(plane, work)
        out[k] = _back(look(plane, at_rows, at_columns), planes.dtype)
    if fill is not None:
        both = outside_r | outside_c if m_rc else outside_r[:, None] | outside_c
        out[:, both] = _back(np.full(1, fill, work), planes.dtype)[0]
    return out


def _outside(at, n):
    return (at < 0) | (at > n - 1)


def _map_back(at, n, mode):
    """Coordinates outside [0, n - 1] brought back as SciPy's fill modes say."""
    if mode in ("nearest", "constant") or n == 1:
        return np.clip(at, 0, n - 1)
    low, high = at < 0, at > n - 1
    if not (low.any() or high.any()):
        return at
    if mode == "wrap":
        period = n - 1
        at = np.where(low, at + period * (np.trunc(-at / period) + 1), at)
        return np.where(high, at - period * np.trunc(at / period), at)
    # reflect: ... -1 is 0, -2 is 1; n is n - 1.
    period = 2 * n
    inside = np.mod(at, period)
    inside = np.where(inside >= n - 0.5, period - 1 - inside, inside)
    return np.where(low | high, inside, at)


def _places(at, n, order, work):
    """(lower neighbour, upper neighbour, share of the upper); None for order 0."""
    if order == 0:
        nearest = np.floor(at + 0.5).astype(np.intp)
        return np.clip(nearest, 0, n - 1), None, None
    low = np.floor(at).astype(np.intp)
    share = (at - low).astype(work)
    return np.clip(low, 0, n - 1), np.clip(low + 1, 0, n - 1), share


def _look_rows_then_columns(plane, at_rows, at_columns):
    low, high, share = at_rows
    got = plane[low]
    if high is not None:
        got = _blend(got, plane[high], share[:, None])
    low, high, share = at_columns
    if low.ndim == 1:
        left = got.take(low, axis=1)
        return left if high is None else _blend(left, got.take(high, axis=1), share)
    start = np.arange(len(low))[:, None] * plane.shape[1]
    flat = got.reshape(-1)
    left = flat.take(low + start)
    return left if high is None else _blend(left, flat.take(high + start), share)


def _look_everywhere(plane, at_rows, at_columns):
    low_r, high_r, share_r = at_rows
    low_c, high_c, share_c = at_columns
    flat, top = plane.reshape(-1), low_r * plane.shape[1]
    if high_r is None:
        return flat.take(top + low_c)
    above = _blend(flat.take(top + low_c), flat.take(top + high_c), share_c)
    bottom = high_r * plane.shape[1]
    below = _blend(flat.take(bottom + low_c), flat.take(bottom + high_c), share_c)
    return _blend(above, below, share_r)


def _blend(a, b, share):
    # In place on arrays of our own: fewer passes over fresh memory.
    b -= a
    b *= share
    a += b
    return a


def _back(values, dtype):
    """`values` in `dtype`; whole-number types are rounded half away and clipped."""
    if dtype.kind not in "iu":
        return values
    limits = np.iinfo(dtype)
    rounded = np.trunc(values + np.copysign(0.5, values))
    return np.clip(rounded, limits.min, limits.max).astype(dtype)


def _splines(planes, transform, mode, cval, order):
    try:
        from scipy import ndimage
    except ImportError as error:
        raise ImportError(
            f"interpolation_order={order} needs SciPy, which is not installed. Write "
            "interpolation_order=1 (or 0), or install it: pip install scipy"
        ) from error
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
