"""Matplotlib figures that a notebook displays even if pyplot is not used."""

import functools
import io

from matplotlib import figure, font_manager
from matplotlib.text import Text

# Chinese fonts of common systems; Matplotlib's own font has no Chinese characters.
CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "SimHei",
)


class Figure(figure.Figure):
    """A figure independent of pyplot; a notebook shows it as a PNG."""

    def draw(self, renderer):
        """Draw with fonts that cover the characters of all texts."""
        families = ["sans-serif", *chinese_fonts()]
        for text in self.findobj(Text):
            if not text.get_text().isascii():
                text.set_fontfamily(families)
        super().draw(renderer)

    def _repr_png_(self):
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=self.dpi)
        return file.getvalue()


@functools.cache
def chinese_fonts():
    """Names of the installed fonts among `CHINESE`."""
    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    return [name for name in CHINESE if name in installed]
