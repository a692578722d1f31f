"""Display untrusted names safely: escape control and bidirectional characters.

Names of layers, metrics, classes and archive members come from files. They can contain
terminal escape sequences (one writes to the clipboard), marks that reverse the reading
direction, or thousands of letters. All printed text goes through these functions.
"""

import unicodedata
from collections.abc import Iterable

LONGEST = 80
LONGEST_PATH = 500
# Controls, format and direction marks, lone surrogates, line and paragraph separators.
_CONTROL = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_LINES = "\n\t"


def display_name(name: object, longest: int = LONGEST) -> str:
    r"""A name on one line: unprintable characters escaped, long names shortened.

    Args:
        name: a string, or an object with a `str`.
        longest: maximum length; the middle of a longer name is left out.

    >>> print(display_name("dense\x1b[31m\u202e"))
    dense\x1b[31m\u202e
    >>> print(display_name("a" * 9000, longest=20))
    aaaaaaaaa...aaaaaaaa
    """
    text = str(name)
    if len(text) > longest:
        half = (longest - 3) // 2
        text = f"{text[: longest - 3 - half]}...{text[-half:]}"
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def display_names(names: Iterable[object]) -> str:
    r"""Names in a list, for messages.

    >>> print(display_names(["a\x1b[31m", "b"]))
    a\x1b[31m, b
    """
    return ", ".join(map(display_name, names))


def display_path(path: object) -> str:
    r"""A path of a file or folder on one line, for messages.

    >>> print(display_path("runs/a\x1b[31m.keras"))
    runs/a\x1b[31m.keras
    """
    return display_name(path, LONGEST_PATH)


def quoted(name: object) -> str:
    r"""A name in quotation marks, for messages.

    >>> print(quoted("dense\x1b[31m"), quoted("a" * 9000)[:5])
    'dense\x1b[31m' 'aaaa
    """
    return f"'{display_name(name)}'"


def display_text(text: str, moving: bool = False) -> str:
    r"""A message with control characters escaped, except line ends and tabs.

    Args:
        text: the message.
        moving: keep carriage returns too, with which a progress line is overwritten.

    >>> print(display_text("first\nsecond \x1b]52;c;ZXZpbA==\x07"))
    first
    second \x1b]52;c;ZXZpbA==\x07
    """
    if text.isprintable():
        return text
    return "".join(
        _escaped(c) if is_control(c) and not (moving and c == "\r") else c for c in text
    )


def is_control(character: str) -> bool:
    """Whether a character is a control character other than a line end or tab."""
    return character not in _LINES and unicodedata.category(character) in _CONTROL


def _escaped(character: str) -> str:
    return ascii(character)[1:-1]
