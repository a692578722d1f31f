"""HTML from strangers, reduced to harmless tags: no scripts, styles or forms.

The text is parsed and written anew from an allowlist, so that only well-formed, escaped
markup is left. Images are those that the text contains itself.
"""

import html
import re
from html.parser import HTMLParser

TAGS = frozenset(
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em "
    "figcaption figure h1 h2 h3 h4 h5 h6 hr i img kbd li mark ol p pre s small span "
    "strong sub summary sup table tbody td tfoot th thead tr u ul".split()
)
VOID = frozenset(("br", "col", "hr", "img"))
# What these contain is no text of the page.
DROPPED = frozenset(
    "applet audio canvas embed frame frameset head iframe math noembed noframes "
    "noscript object plaintext script select style svg template textarea title video "
    "xmp".split()
)
ATTRIBUTES = frozenset(("alt", "colspan", "rowspan", "title", "lang", "scope", "start"))
PICTURE = re.compile(
    r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+\Z"
)
LINK = re.compile(r"(https?://|mailto:|#)[^\s]*\Z", re.I)
KEY = re.compile(r"[0-9a-f]{1,40}\Z")


def safe(markup: str) -> str:
    """The harmless part of some HTML, as well-formed markup."""
    parser = _Allowed()
    parser.feed(markup)
    parser.close()
    return parser.result()


class _Allowed(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self._parts, self._open, self._dropped = [], [], []

    def result(self):
        return "".join([*self._parts, *(f"</{tag}>" for tag in reversed(self._open))])

    def handle_starttag(self, tag, attrs):
        if tag in DROPPED:
            self._dropped.append(tag)
        if self._dropped or tag not in TAGS:
            return
        written = "".join(
            f' {name}="{html.escape(value)}"' for name, value in _kept(tag, attrs)
        )
        if tag == "img" and " src=" not in written:
            return
        self._parts.append(f"<{tag}{written}>")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        if tag not in DROPPED:
            self.handle_starttag(tag, attrs)
            if tag not in VOID:
                self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if self._dropped:
            if tag in self._dropped:
                del self._dropped[self._dropped.index(tag) :]
            return
        if tag in self._open:
            while (last := self._open.pop()) != tag:
                self._parts.append(f"</{last}>")
            self._parts.append(f"</{tag}>")

    def handle_data(self, data):
        if not self._dropped:
            self._parts.append(html.escape(data, quote=False))


def _kept(tag, attrs):
    """The (name, value) pairs of a tag that are harmless."""
    for name, value in attrs:
        value = value or ""
        if tag == "img" and name == "src" and PICTURE.match(value):
            yield name, value
        elif tag == "a" and name == "href" and LINK.match(value):
            yield name, value
            yield "rel", "noopener noreferrer"
        elif name in ATTRIBUTES or (name == "data-nbk" and KEY.match(value)):
            yield name, value
        elif tag == "details" and name == "open":
            yield name, ""
