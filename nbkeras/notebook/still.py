"""The picture that stays in a saved notebook: no script, no style sheet, safe names."""

import base64
import html


def figure(key, svg, caption):
    """A figure as HTML; the live widget of the same key hides it.

    Args:
        key: what ties it to its widget.
        svg: the picture as a complete SVG document, in bytes or text.
        caption: the same in words, shown below and given as the image's description.
    """
    data = svg.encode() if isinstance(svg, str) else svg
    said = html.escape(caption, quote=True)
    picture = base64.b64encode(data).decode("ascii")
    return (
        f'<figure data-nbk="{html.escape(key, quote=True)}" style="margin:4px 0">'
        f'<img alt="{said}" src="data:image/svg+xml;base64,{picture}">'
        f"<figcaption>{said}</figcaption></figure>"
    )
