"""Render a model's drawing to PNG and PDF with Pillow.

The drawing is rendered here in addition to `svg`, because no SVG converter works
everywhere. Matplotlib and Pillow cannot read SVG; CairoSVG needs a system library;
svglib needs 45 MB, and Cairo for PNG as well. resvg-py (2.9 MB) renders well, but only
to PNG, and omits all text on a machine without fonts: one more compiled dependency to
save 80 lines.
"""

import importlib.util
import io
from pathlib import Path

from nbkeras.analysis.model_plot import svg

# The picture is drawn larger and downsampled, for antialiasing.
SUPERSAMPLING = 2
MAX_PIXELS = 60e6
WIDE_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "wqy-microhei.ttc",
    "msyh.ttc",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
)


def image(drawing, dashed=False, scale=1.0):
    """A Drawing as a `PIL.Image`; very large ones at a reduced resolution.

    Args:
        drawing: from `draw`.
        dashed: whether edges are guessed, and drawn lighter.
        scale: pixels per pixel of the drawing.
    """
    from PIL import Image, ImageDraw

    area = drawing.width * drawing.height * (scale * SUPERSAMPLING) ** 2
    scale *= min(1.0, (MAX_PIXELS / max(area, 1)) ** 0.5)
    size = [max(1, round(length * scale)) for length in (drawing.width, drawing.height)]
    large = Image.new("RGB", [length * SUPERSAMPLING for length in size], "#ffffff")
    pen = _Pen(ImageDraw.Draw(large), scale * SUPERSAMPLING)
    for frame, x, y, width, height in drawing.frames:
        pen.frame(frame, x, y, width, height)
    for points in drawing.ways.values():
        pen.way(points, dashed)
    for drawn in drawing.blocks.values():
        pen.block(drawn)
    return large.resize(size, Image.Resampling.LANCZOS)


def png(drawing, dashed=False, scale=1.0, dpi=96):
    """A Drawing as the bytes of a PNG file."""
    file = io.BytesIO()
    image(drawing, dashed, scale).save(file, "PNG", dpi=(dpi, dpi))
    return file.getvalue()


class _Pen:
    def __init__(self, draw, scale):
        self.draw, self.scale = draw, scale
        self.fonts = {}

    def block(self, drawn):
        front, side, edge = svg.COLOURS[drawn.node.family]
        for x, y in svg.cards(drawn):
            if drawn.depth:
                for face in svg.sides(x, y, drawn):
                    self.polygon(face, side, edge)
            w, h = drawn.width, drawn.height
            self.polygon([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], front, edge)
        for i, label in enumerate(drawn.labels):
            strong = label.role == "kind"
            at = (drawn.text_x, drawn.text_y + svg.LINE * i)
            colour = svg.INK if strong else svg.SOFT
            self.text(at, label.text, colour, drawn.anchor, strong)

    def way(self, points, dashed):
        colour = "#c3cad2" if dashed else svg.WAY
        self.line(points, colour, 1.3)
        self.polygon(svg.arrow(points), colour, colour)

    def frame(self, frame, x, y, width, height):
        corners = [x, y, x + width, y + height]
        self.draw.rounded_rectangle(
            [coordinate * self.scale for coordinate in corners],
            8 * self.scale,
            "#f6f5fc",
            svg.COLOURS["group"][2],
            max(1, round(self.scale)),
        )
        title = svg.frame_title(frame)
        self.text((x + 8, y + 14), title, svg.COLOURS["group"][2], "start", False)

    def polygon(self, points, fill, edge):
        self.draw.polygon(self._at(points), fill)
        self.line([*points, points[0]], edge, 1)

    def line(self, points, colour, width):
        self.draw.line(self._at(points), colour, round(width * self.scale), "curve")

    def text(self, at, text, colour, anchor, strong):
        text = svg.INVALID_XML.sub("\ufffd", text)
        font = self._font(any(ord(c) > 0x2E7F for c in text), strong)
        where = "ls" if anchor == "start" else "ms"
        self.draw.text(self._at([at])[0], text, colour, font, where)

    def _at(self, points):
        return [(x * self.scale, y * self.scale) for x, y in points]

    def _font(self, wide, strong):
        key = wide, strong
        if key not in self.fonts:
            self.fonts[key] = _first_font(
                WIDE_FONTS if wide else _plain_fonts(strong), 11 * self.scale
            )
        return self.fonts[key]


def _plain_fonts(strong):
    """Paths of the font that Matplotlib includes; Matplotlib itself is not imported."""
    home = importlib.util.find_spec("matplotlib")
    if home is None or home.origin is None:
        return []
    name = "DejaVuSans-Bold.ttf" if strong else "DejaVuSans.ttf"
    return [Path(home.origin).parent / "mpl-data" / "fonts" / "ttf" / name]


def _first_font(names, size):
    from PIL import ImageFont

    for name in names:
        try:
            return ImageFont.truetype(str(name), size)
        except OSError:
            continue
    return ImageFont.load_default(size)
