"""Static pictures for saved notebooks, without scripts or style sheets."""

import base64
import html
import io
import re

import numpy as np

from nbkeras.core.names.display_name import display_text

# Characters that XML 1.0 forbids: a single one makes an SVG invalid.
UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value):
    """Text escaped for SVG and HTML, between tags and in attributes."""
    return html.escape(UNSAYABLE.sub("\ufffd", display_text(str(value))), quote=True)


def figure(key, svg, caption, words=None):
    """A static picture as HTML; the live widget with the same key hides it.

    Args:
        key: the trait `static_copy` of its widget.
        svg: a complete SVG document, bytes or text.
        caption: caption and alternative text of the image.
        words: (title, text) of a collapsed section below, or None.
    """
    data = svg.encode() if isinstance(svg, str) else svg
    picture = base64.b64encode(data).decode("ascii")
    more = ""
    if words:
        more = (
            f"<details><summary>{text(words[0])}</summary>"
            f"<pre>{text(words[1])}</pre></details>"
        )
    return (
        f'<figure data-nbk="{text(key)}" style="margin:4px 0">'
        f'<img alt="{text(caption)}" src="data:image/svg+xml;base64,{picture}">'
        f"<figcaption>{text(caption)}{more}</figcaption></figure>"
    )


def empty_figure(key):
    """Placeholder of a static picture that cannot be drawn yet."""
    return f'<figure data-nbk="{text(key)}"></figure>'


def png_data_url(picture):
    """(height, width, 1, 3 or 4) uint8 as a `data:` URL of a PNG file."""
    from PIL import Image

    picture = np.ascontiguousarray(picture)
    file = io.BytesIO()
    image = Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)
    image.save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
