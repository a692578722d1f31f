"""Colours and brightness of images (..., height, width, channels), as pure functions.

Values may have any range; functions that depend on it take it as an argument.
"""

import jax
import jax.numpy as jnp

# Weights of red, green and blue in perceived brightness (ITU-R BT.601).
GRAY = (0.2989, 0.5870, 0.1140)


def rescaled(x, old, new):
    """Rescale values from the range `old` (low, high) to the range `new`."""
    if tuple(old) == tuple(new):
        return x
    return (x - old[0]) / (old[1] - old[0]) * (new[1] - new[0]) + new[0]


def gray(x):
    """(..., 1): the brightness of colour images; grayscale ones stay unchanged."""
    if x.shape[-1] == 1:
        return x
    return jnp.tensordot(x, jnp.asarray(GRAY, x.dtype), 1)[..., None]


def rgb_to_hsv(x):
    """Hue and saturation, 0 to 1, and value, of red, green and blue on the last axis.

    Source: Smith, "Color gamut transform pairs", SIGGRAPH (1978).
    """
    x = jnp.where(jnp.abs(x) < jnp.finfo(x.dtype).eps, 0, x)
    red, green, blue = jnp.moveaxis(x, -1, 0)
    value = jnp.max(x, -1)
    span = value - jnp.min(x, -1)
    saturation = jnp.where(value > 0, span / jnp.where(value > 0, value, 1), 0)
    sixth = 1 / (6 * jnp.where(span > 0, span, 1))
    hue = jnp.where(
        value == green, sixth * (blue - red) + 1 / 3, sixth * (red - green) + 2 / 3
    )
    hue = jnp.where(value == red, sixth * (green - blue), hue)
    hue = jnp.where(span > 0, hue, 0) + (hue < 0)
    return jnp.stack([hue, saturation, value], -1)


def hsv_to_rgb(x):
    """The inverse of `rgb_to_hsv`; the hue may exceed 0 to 1."""
    hue, saturation, value = jnp.moveaxis(x, -1, 0)
    angle = hue % 1 * 6
    red = jnp.clip(jnp.abs(angle - 3) - 1, 0, 1)
    green = jnp.clip(2 - jnp.abs(angle - 2), 0, 1)
    blue = jnp.clip(2 - jnp.abs(angle - 4), 0, 1)
    shares = jnp.stack([red, green, blue], -1)
    return value[..., None] * (1 - saturation[..., None] * (1 - shares))


def stretched(x):
    """Autocontrast: each channel of each image rescaled to span 0 to 255."""
    low, high = (f(x, axis=(-3, -2), keepdims=True) for f in (jnp.min, jnp.max))
    span = high - low
    flat = span == 0
    return jnp.where(flat, x, (x - low) * (255 / jnp.where(flat, 1, span)))


def histogram(values, bins):
    """(bins,) counts of integers from 0 to bins - 1."""
    return jnp.zeros(bins, jnp.int32).at[values.ravel()].add(1)


def equalized(channel, bins):
    """Histogram equalization of one channel, 0 to 255.

    Args:
        channel: one channel of one or more images, which share one histogram.
        bins: number of levels.

    Source: Gonzalez, Woods, *Digital Image Processing*, section 3.3.
    """
    # Truncate in both places: rounding would assign values to other levels.
    levels = jnp.clip((channel * (bins - 1) / 255).astype(jnp.int32), 0, bins - 1)
    counts = histogram(levels, bins)
    below = jnp.cumsum(counts)
    first = below[jnp.argmax(below > 0)]
    rest = below[-1] - first
    table = (below - first) * 255 / jnp.where(rest == 0, 1, rest)
    table = jnp.clip(jnp.round(table), 0, 255).astype(channel.dtype)
    places = jnp.clip(channel / 255 * (bins - 1), 0, bins - 1).astype(jnp.int32)
    return jnp.where(jnp.count_nonzero(counts) <= 1, channel, table[places])


def locally_equalized(x, clip_limit, grid):
    """Contrast-limited adaptive histogram equalization of images, 0 to 255.

    Args:
        x: the images.
        clip_limit: histogram counts are clipped at this multiple of the average count.
        grid: number of tiles (down, across).

    Source: Zuiderveld, "Contrast limited adaptive histogram equalization", Graphics
    Gems IV (1994).
    """
    batch, height, width, channels = x.shape
    (down, across) = grid
    tall, wide = -(-height // down), -(-width // across)
    room = ((0, 0), (0, tall * down - height), (0, wide * across - width), (0, 0))
    x = jnp.pad(x, room, mode="symmetric")
    levels = jnp.clip(x.astype(jnp.int32), 0, 255)
    tiles = levels.reshape(batch, down, tall, across, wide, channels)
    tiles = tiles.transpose(0, 1, 3, 5, 2, 4).reshape(-1, tall * wide)
    table = jax.vmap(lambda tile: _limited_table(histogram(tile, 256), clip_limit))(
        tiles
    )
    table = table.reshape(batch, down, across, channels, 256)
    rows, row_share = _neighbours(tall, down)
    columns, column_share = _neighbours(wide, across)
    picture = jnp.arange(batch)[:, None, None, None]
    channel = jnp.arange(channels)

    def of_tile(row, column):
        at = row[:, None, None], column[None, :, None]
        return table[picture, *at, channel, levels]

    share = column_share[None, :, None]
    top, bottom = (
        of_tile(row, columns[0]) * (1 - share) + of_tile(row, columns[1]) * share
        for row in rows
    )
    share = row_share[:, None, None]
    return (top * (1 - share) + bottom * share)[:, :height, :width]


def _limited_table(counts, clip_limit):
    """Lookup table (256,) from old to new levels, given the histogram of a tile."""
    pixels = jnp.sum(counts)
    counts = counts.astype(jnp.float32)
    if clip_limit > 0:
        clipped = jnp.minimum(counts, clip_limit * pixels / 256)
        counts = clipped + jnp.sum(counts - clipped) / 256
    below = jnp.cumsum(counts)
    rest = pixels - below[0]
    return jnp.clip((below - below[0]) * 255 / jnp.where(rest == 0, 1, rest), 0, 255)


def _neighbours(size, number):
    """The two nearest tiles of each pixel on an axis, and the weight of the second."""
    place = (jnp.arange(size * number) - size / 2) / size
    first = jnp.floor(place)
    tiles = (first, first + 1)
    clipped = [jnp.clip(tile, 0, number - 1).astype(jnp.int32) for tile in tiles]
    return clipped, place - first


def posterized(x, dropped_bits):
    """Integer values 0 to 255 with their lowest `dropped_bits` (batch,) cleared."""
    bits = dropped_bits.astype(jnp.uint8).reshape(-1, 1, 1, 1)
    levels = x.astype(jnp.uint8) >> bits << bits
    return levels.astype(x.dtype)


def sharpened(x, amount):
    """Images sharpened or smoothed by blending with a 3 x 3 smoothing filter.

    Args:
        x: (batch, h, w, c), zero-padded at the edges.
        amount: (batch,): 0 smooths an image, 1 leaves it unchanged, 2 sharpens it.
    """
    height, width = x.shape[1:3]
    padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    around = sum(
        padded[:, row : row + height, column : column + width]
        for row in range(3)
        for column in range(3)
    )
    smooth = (around + 4 * x) / 13
    return x + (1 - amount.reshape(-1, 1, 1, 1)) * (smooth - x)


def blurred(x, sigmas, sizes, widths=None):
    """Gaussian blur of images (batch, h, w, c), zero-padded at the edges.

    Args:
        x: the images.
        sigmas: standard deviations in pixels, (horizontal, vertical).
        sizes: odd kernel sizes, (horizontal, vertical).
        widths: odd kernel sizes actually used, at most `sizes`; may be arrays.
    """
    for axis, at in ((2, 0), (1, 1)):
        reach = sizes[at] // 2
        taps = jnp.arange(-reach, reach + 1)
        weights = jnp.exp(-0.5 * (taps / sigmas[at]) ** 2)
        if widths is not None:
            weights = jnp.where(jnp.abs(taps) <= widths[at] // 2, weights, 0)
        weights = (weights / jnp.sum(weights)).astype(x.dtype)
        room = [(0, 0)] * 4
        room[axis] = (reach, reach)
        padded, size = jnp.pad(x, room), x.shape[axis]
        x = sum(
            weight * jax.lax.slice_in_dim(padded, start, start + size, axis=axis)
            for start, weight in enumerate(weights)
        )
    return x
