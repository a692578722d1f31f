"""Messages of mistakes in the chosen language: matched phrase by phrase.

The engine says what is wrong in English, with the code to write. What a learner meets
in a notebook is said in Chinese where that is chosen: each sentence of a message is
looked up in `phrases`, its pieces of code are copied. What no row fits stays.
"""

import functools
import re

from nbkeras.core import settings
from nbkeras.notebook.mistakes import notice_phrases, phrases

SLOT = re.compile(r"\{(\w+)(?::(\w))?\}")


def _ordered(table):
    """Rows with most words of their own first; before all, those that say "Write"."""

    def place(row):
        return not row[0].startswith("Write "), -len(SLOT.sub("", row[0]))

    return sorted(table, key=place)


SENTENCES = _ordered([*phrases.SENTENCES, *notice_phrases.NOTICES])
WANTED, TO_WRITE = map(_ordered, (phrases.WANTED, phrases.TO_WRITE))
ADVICE = _ordered(notice_phrases.ADVICE)
# A sentence ends before a capital letter, never within quotes or brackets.
END = re.compile(r"(?<=[.?。])\s+(?=[A-Z'\"/])")


def translate(message: str) -> str:
    """A message of the engine in the chosen language, as far as its words are known."""
    if settings.language() == "en":
        return message
    return "\n".join(map(_paragraph, message.split("\n")))


def translate_part(text: str) -> str:
    """A part of a mistake (what is needed, what to write) in the chosen language."""
    if settings.language() == "en" or not text:
        return text
    return _first([SENTENCES, WANTED], text) or _to_write(text)


def translate_advice(text: str) -> str:
    """A reason, a place or a change of the linter in the chosen language."""
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
    """Shapes and where they come from."""
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
    """The Chinese of the row that fits all of `text` best, None if there is none."""
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
    """A row's English as a pattern with a group for each piece."""
    pattern, at = "", 0
    for slot in SLOT.finditer(english):
        pattern += re.escape(english[at : slot.start()]) + f"(?P<{slot[1]}>.+?)"
        at = slot.end()
    return re.compile(pattern + re.escape(english[at:]))
