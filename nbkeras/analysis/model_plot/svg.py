"""Render a model's drawing to SVG, without scripts and style sheets, names escaped."""

import html
import re

from nbkeras.core.names.display_name import display_text

FONT = "system-ui,'Segoe UI',Roboto,'Noto Sans','Noto Sans CJK SC',sans-serif"
# {family: (front, side, edge)}, after Okabe and Ito, "Color Universal Design" (2008).
COLOURS = {
    "input": ("#dfe4ea", "#c9d1da", "#5b6470"),
    "conv": ("#b7d9f5", "#8dbfe8", "#0b66b5"),
    "pool": ("#fbd3b4", "#f2b48a", "#c2500a"),
    "dense": ("#b5e5d3", "#86d0b5", "#0a7d5c"),
    "norm": ("#d3ecfa", "#b3dbf2", "#3d8bbd"),
    "activation": ("#f3e6ae", "#e6d27e", "#8a6a00"),
    "noise": ("#e6e9ed", "#d2d8de", "#5b6470"),
    "merge": ("#f3cfe6", "#e6aed2", "#a8438a"),
    "shape": ("#e6e9ed", "#d2d8de", "#5b6470"),
    "group": ("#d9d5f5", "#bdb6ec", "#5b4fb3"),
    "other": ("#d9d5f5", "#bdb6ec", "#5b4fb3"),
    "broken": ("#fbe3e1", "#f4c3bf", "#b3261e"),
}
LINE = 14
INK, SOFT, WAY = "#1c2024", "#5b6470", "#8a94a0"
INVALID_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value):
    """Text escaped for SVG elements and attributes."""
    return html.escape(INVALID_XML.sub("\ufffd", display_text(str(value))), quote=True)


def svg(drawing, dashed=False, scale=1.0):
    """A Drawing as one SVG document.

    Args:
        drawing: from `draw`.
        dashed: whether edges are guessed, and drawn as dashed lines.
        scale: size on the page relative to the drawing's pixels.
    """
    wide, tall = drawing.width, drawing.height
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide * scale:.0f}" '
        f'height="{tall * scale:.0f}" viewBox="0 0 {wide:.0f} {tall:.0f}" '
        f'font-family="{FONT}" font-size="11">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    parts += [_frame(*frame) for frame in drawing.frames]
    parts += [_way(points, dashed) for points in drawing.ways.values()]
    parts += [_block(drawn) for drawn in drawing.blocks.values()]
    return "\n".join([*parts, "</svg>"])


def cards(drawn):
    """Upper left corners of a block's front faces, back to front."""
    behind = min(drawn.node.times, 3) - 1
    return [(drawn.x + 4 * i, drawn.y - 4 * i) for i in range(behind, -1, -1)]


def arrow(points):
    """The three corners of the arrow head at the end of an edge."""
    (x, y), (u, v) = points[-2:] if len(points) > 1 else (points[0], points[0])
    if abs(u - x) >= abs(v - y):
        back = -6 if u >= x else 6
        return [(u, v), (u + back, v - 3.2), (u + back, v + 3.2)]
    back = -6 if v >= y else 6
    return [(u, v), (u - 3.2, v + back), (u + 3.2, v + back)]


def sides(x, y, drawn):
    """The two slanted faces (top, right) of a block whose front starts at x, y."""
    w, h, d = drawn.width, drawn.height, drawn.depth
    top = [(x, y), (x + d, y - d), (x + w + d, y - d), (x + w, y)]
    right = [(x + w, y), (x + w + d, y - d), (x + w + d, y + h - d), (x + w, y + h)]
    return top, right


def frame_title(frame):
    """The title of a frame."""
    times = f"{frame.times} ×" if frame.times > 1 else ""
    return " ".join(filter(None, (times, frame.title)))


def path(points, closed=False):
    """Points as the data of an SVG path."""
    return (
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("Z" if closed else "")
    )


def _block(drawn):
    front, side, edge = COLOURS[drawn.node.family]
    parts = [f"<g><title>{text(drawn.node.blocks[0].name)}</title>"]
    for x, y in cards(drawn):
        if drawn.depth:
            top, right = sides(x, y, drawn)
            both = path(top, True) + path(right, True)
            parts.append(f'<path d="{both}" fill="{side}" stroke="{edge}"/>')
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{drawn.width:.1f}" '
            f'height="{drawn.height:.1f}" rx="1.5" fill="{front}" stroke="{edge}"/>'
        )
    for i, label in enumerate(drawn.labels):
        weight = ' font-weight="600"' if label.role == "kind" else ""
        parts.append(
            f'<text x="{drawn.text_x:.1f}" y="{drawn.text_y + LINE * i:.1f}" '
            f'text-anchor="{drawn.anchor}" fill="{INK if weight else SOFT}"{weight}>'
            f"{text(label.text)}</text>"
        )
    return "".join([*parts, "</g>"])


def _way(points, dashed):
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return (
        f'<path d="{path(points)}" fill="none" stroke="{WAY}"{dash}/>'
        f'<path d="{path(arrow(points), True)}" fill="{WAY}"/>'
    )


def _frame(frame, x, y, width, height):
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="8" fill="#5b4fb3" fill-opacity="0.05" stroke="#5b4fb3" '
        f'stroke-dasharray="3 3"/><text x="{x + 8:.1f}" y="{y + 14:.1f}" '
        f'fill="#5b4fb3">{text(frame_title(frame))}</text>'
    )
