"""Translate error messages phrase by phrase.

The engine raises errors in English, with suggested code. If Chinese is chosen, each
sentence of a message shown in a notebook is looked up in `phrases`; code is copied, and
sentences without a matching row stay in English.
"""

import functools
import re

from nbkeras.core import settings
from nbkeras.notebook.error_messages import notice_phrases, phrases

SLOT = re.compile(r"\{(\w+)(?::(\w))?\}")


def _ordered(table):
    """Rows sorted by length of literal text, longest first, "Write" rows before all."""

    def place(row):
        return not row[0].startswith("Write "), -len(SLOT.sub("", row[0]))

    return sorted(table, key=place)


SENTENCES = _ordered([*phrases.SENTENCES, *notice_phrases.NOTICES])
WANTED, TO_WRITE = map(_ordered, (phrases.WANTED, phrases.TO_WRITE))
ADVICE = _ordered(notice_phrases.ADVICE)
# A sentence ends before a capital letter, a quote or a slash.
END = re.compile(r"(?<=[.?。])\s+(?=[A-Z'\"/])")


def translate(message: str) -> str:
    """Translate a message of the engine into the chosen language where possible."""
    if settings.language() == "en":
        return message
    return "\n".join(map(_paragraph, message.split("\n")))


def translate_part(text: str) -> str:
    """Translate a part of a mistake (requirement, suggestion)."""
    if settings.language() == "en" or not text:
        return text
    return _first([SENTENCES, WANTED], text) or _to_write(text)


def translate_advice(text: str) -> str:
    """Translate a reason, place or change of the linter."""
    if settings.language() == "en":
        return text
    return _first([ADVICE], text) or text


def _paragraph(text):
    sentences = END.split(text)
    translated = [_sentence(sentence) for sentence in sentences]
    return "".join(
        f"{one} " if one.isascii() and i < len(translated) - 1 else one
        for i, one in enumerate(translated)
    )


def _sentence(sentence):
    body = sentence.removesuffix(".")
    chinese = _first([SENTENCES], body)
    if chinese is None:
        return sentence
    return chinese if chinese.endswith("？") else f"{chinese}。"


def _to_write(text):
    first, *others = [_first([TO_WRITE], part) or part for part in text.split(", or ")]
    return first + "".join(
        f"，或 {part}" if part[0].isascii() else f"，或{part}" for part in others
    )


def _given(text):
    """Translate shapes with their origin."""
    pieces = re.sub(r" from ('[^']*' \(\w+\))", r"（来自 \1）", text)
    return pieces.replace(" and ", " 和 ")


def _wanted(text):
    return _first([WANTED], text) or text


def _names(text):
    return re.sub(r" (?:and|or) ", "、", text)


INNER = {
    "t": _wanted,
    "w": _to_write,
    "g": _given,
    "l": _names,
    None: lambda text: text,
}


def _first(tables, text):
    """The Chinese text of the first row that matches all of `text`, or None."""
    for table in tables:
        for english, chinese in table:
            match = _pattern(english).fullmatch(text)
            if match:
                pieces = {
                    name: INNER[kind or None](match[name])
                    for name, kind in SLOT.findall(english)
                }
                return chinese.format(**pieces)
    return None


@functools.cache
def _pattern(english):
    """A row's English text as a regular expression with one group per slot."""
    pattern, at = "", 0
    for slot in SLOT.finditer(english):
        pattern += re.escape(english[at : slot.start()]) + f"(?P<{slot[1]}>.+?)"
        at = slot.end()
    return re.compile(pattern + re.escape(english[at:]))
