"""The picture that stays in a saved notebook: no script, no style sheet, safe names."""

import base64
import html
import re

# What XML 1.0 cannot say at all: one such character, and no picture is drawn.
UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value):
    """Any text as it may stand in SVG and HTML, between tags and in attributes."""
    return html.escape(UNSAYABLE.sub("\ufffd", str(value)), quote=True)


def figure(key, svg, caption, words=None):
    """A figure as HTML; the live widget of the same key hides it.

    Args:
        key: what ties it to its widget.
        svg: the picture as a complete SVG document, in bytes or text.
        caption: the same in words, shown below and given as the image's description.
        words: (title, text): longer text under a title that opens, None for none.
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
