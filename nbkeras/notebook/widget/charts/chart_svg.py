"""Static charts as SVG: the document, axes with ticks and labels, curves.

A saved notebook stores one chart per run. Matplotlib's SVG of two panels takes 27 kB
and 49 ms; these take 4 kB and 1 ms. Text and attributes are escaped, so that the name
of a metric cannot inject markup.
"""

import math

import numpy as np

from nbkeras.notebook.widget.static_picture import text

# Curves that leave the plotting area end this far outside, relative to its size.
OVERSHOOT = 0.2
# Distance of ticks and labels from the plotting area.
TICK_GAP_PX = 6
# Text anchors at the end and in the middle, as classes to keep the SVG short.
ANCHORS = ".e{text-anchor:end}.m{text-anchor:middle}"


def element(name, content="", /, **attributes):
    """One SVG element.

    Args:
        name: name of the tag.
        content: SVG inside the element.
        **attributes: `stroke_width=2` becomes stroke-width, `class_` class; attributes
            that are None are omitted.

    >>> element("rect", width=3, stroke_width=2)
    '<rect width="3" stroke-width="2"/>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def label(x, y, words, **attributes):
    """A line of text at pixel (x, y); attributes as in `element`."""
    return element("text", text(words), x=pixel(x), y=pixel(y), **attributes)


def document(width, height, *parts, style="", **attributes):
    """A complete SVG document on a white background.

    Args:
        width, height: in pixels.
        *parts: SVG elements, in the order in which they are drawn.
        style: CSS for classes of the parts; not escaped.
        **attributes: attributes of the document, such as `fill`.
    """
    card = element("rect", width="100%", height="100%", rx=8, fill="#fff")
    return element(
        "svg",
        "".join([f"<style>{ANCHORS}{style}</style>", card, *parts]),
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        font_family="system-ui,sans-serif",
        font_size=11,
        **attributes,
    )


def pixel(value):
    """A coordinate rounded to a tenth of a pixel, in as few characters as possible."""
    return f"{round(float(value), 1):g}"


def ticks(low, high, count=4):
    """About `count` round values from `low` to `high`.

    >>> ticks(0, 1.1)
    [0.0, 0.5, 1.0]
    """
    step = (high - low) / count
    power = 10.0 ** math.floor(math.log10(step)) if step > 0 else 1.0
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= step * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


# A constant computed in float32 varies in its last digits: an axis is never so short
# that this variation would fill it.
LEAST_SPAN = 1e-3


def least_span(low, high):
    """(low, high) moved apart if they differ by less than a thousandth.

    >>> [round(end, 4) for end in least_span(1.0, 1.0002)]
    [0.9996, 1.0006]
    """
    missing = LEAST_SPAN * max(abs(low), abs(high)) - (high - low)
    if missing <= 0 or high == low:
        return low, high
    return round(low - missing / 2, 12), round(high + missing / 2, 12)


class Axes:
    """A plotting area: scales from values to pixels, and drawing functions.

    Args:
        x: (lowest, highest) value of the x axis.
        y: (lowest, highest) value of the y axis.
        left, top, width, height: position and size of the area in pixels.
        log_x: whether the x axis is logarithmic.
    """

    def __init__(self, x, y, *, left, top, width, height, log_x=False):
        self.x, self.y, self.log_x = x, y, log_x
        self.left, self.top, self.width, self.height = left, top, width, height
        self.right, self.bottom = left + width, top + height

    def across(self, x):
        """The pixel of values on the x axis."""
        low, high = self.x
        if self.log_x:
            x, low, high = np.log(x), math.log(low), math.log(high)
        return self.left + _share(x, low, high) * self.width

    def down(self, y):
        """The pixel of values on the y axis."""
        return self.top + (1 - _share(y, *self.y)) * self.height

    def curve(self, x, y, most_points=None, **attributes):
        """A line through points; "" if there are none.

        Args:
            x, y: values; non-finite ones are drawn outside of the area.
            most_points: most points to draw, including the first and the last.
            **attributes: as in `element`.
        """
        if not len(x):
            return ""
        if most_points and len(x) > most_points:
            rows = np.linspace(0, len(x) - 1, most_points).round().astype(int)
            x, y = np.asarray(x)[rows], np.asarray(y)[rows]
        places = zip(
            np.atleast_1d(self.across(x)), np.atleast_1d(self.down(y)), strict=True
        )
        points = "L".join(f"{pixel(a)} {pixel(b)}" for a, b in places)
        return element("path", d=f"M{points}", **attributes)

    def grid(self, line_class):
        """Horizontal grid lines at round values, with labels."""
        parts = []
        for tick in ticks(*self.y):
            y = round(float(self.down(tick)))
            line = f"M{self.left} {y}H{self.right}"
            parts.append(element("path", class_=line_class, d=line))
            parts.append(
                label(
                    *(self.left - TICK_GAP_PX, y, f"{tick:.4g}"),
                    dy=4,
                    class_="e",
                )
            )
        return "".join(parts)

    def x_ends(self, first, last, y, title=""):
        """Labels below both ends of the x axis, and a title between them."""
        middle = (self.left + self.right) / 2
        parts = [label(self.left, y, first)]
        if title:
            parts.append(label(middle, y, title, class_="m"))
        return "".join([*parts, label(self.right, y, last, class_="e")])

    def y_ends(self, low, high):
        """Labels beside both ends of the y axis."""
        x = self.left - TICK_GAP_PX
        return "".join(
            label(x, y, words, class_="e")
            for y, words in ((self.top + 8, high), (self.bottom, low))
        )

    def vertical_line(self, x, words, colour, row=0, dash="5 3"):
        """A dashed vertical line at one value of x, with a label beside its top.

        Args:
            x: the value.
            words: the label; on the left if there is no room on the right.
            colour: colour of line and label.
            row: number of text lines between the top and the label.
            dash: lengths of the line's dashes and gaps.
        """
        at = float(self.across(x))
        line = f"M{pixel(at)} {self.top}V{self.bottom}"
        is_left = at + 5 + 6 * len(words) > self.right
        beside = {"class_": "e"} if is_left else {}
        return element("path", d=line, stroke=colour, stroke_dasharray=dash) + label(
            at - 5 if is_left else at + 5,
            self.top + 10 + 11 * row,
            words,
            fill=colour,
            **beside,
        )

    def clip(self, *parts):
        """The parts, clipped to the area."""
        edge = element(
            "rect", x=self.left, y=self.top, width=self.width, height=self.height
        )
        return element("clipPath", edge, id="area") + element(
            "g", "".join(parts), clip_path="url(#area)"
        )


def _share(value, low, high):
    """Position between `low` (0) and `high` (1), at most `OVERSHOOT` outside."""
    with np.errstate(invalid="ignore", over="ignore"):
        share = (np.asarray(value, float) - low) / ((high - low) or 1)
    outside = 1 + OVERSHOOT
    share = np.nan_to_num(share, nan=outside, posinf=outside, neginf=-OVERSHOOT)
    return np.clip(share, -OVERSHOOT, outside)
