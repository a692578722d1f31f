"""Show untrusted names safely: escape control and direction characters.

Names of layers, metrics, classes, files and members of archives come out of files. Raw,
they can hold escape sequences (one writes to the clipboard), marks that reverse the
reading direction, or thousands of letters. Whatever writes text shows them by these.
"""

import unicodedata

LONGEST = 80
# Controls, format and direction marks, lone surrogates, line and paragraph separators.
_STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_LINES = "\n\t"


def display_name(name: object, longest: int = LONGEST) -> str:
    r"""A name on one line: unprintable characters escaped, long names shortened.

    Args:
        name: text, or what has a text.
        longest: number of characters from which on the middle is left out.

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


def quoted(name: object) -> str:
    r"""A name in quotation marks, for messages.

    >>> print(quoted("dense\x1b[31m"), quoted("a" * 9000)[:5])
    'dense\x1b[31m' 'aaaa
    """
    return f"'{display_name(name)}'"


def display_text(text: str, moving: bool = False) -> str:
    r"""A whole message: line ends stay, other control characters are escaped.

    Args:
        text: the message.
        moving: leave carriage returns, by which a progress line is drawn over.

    >>> print(display_text("first\nsecond \x1b]52;c;ZXZpbA==\x07"))
    first
    second \x1b]52;c;ZXZpbA==\x07
    """
    if text.isprintable():
        return text
    return "".join(
        _escaped(c) if steers(c) and not (moving and c == "\r") else c for c in text
    )


def steers(character: str) -> bool:
    """Whether a character is a control character other than a line end or tab."""
    return character not in _LINES and unicodedata.category(character) in _STEERING


def _escaped(character: str) -> str:
    return ascii(character)[1:-1]
