"""Errors in a `%%model` cell: the line, the input shapes, and the fix."""

import ast
import re
import traceback
import unicodedata

from nbkeras.core import check
from nbkeras.core.errors.structured_errors import LayerMistake, NameMistake
from nbkeras.core.serialization.configurable import created_at
from nbkeras.layers.engine import introspection
from nbkeras.layers.engine.nodes.symbolic import is_symbolic
from nbkeras.notebook.error_messages.translate import translate, translate_part
from nbkeras.notebook.model_magic import vocabulary
from nbkeras.notebook.widget import translations

# Punctuation of Chinese keyboards that Unicode does not normalise to ASCII.
OTHER_SIGNS = dict(zip("。、“”‘’【】", ".,\"\"''[]", strict=True))
FIELDS = ("line", "source", "layer", "came", "needed", "write", "message")


class CellMistake(ValueError):
    """An error in a cell, shown without a traceback; %tb prints it.

    Args:
        mistake: {"line": int or None, "source": that line, "layer", "came" (the input
            shape), "needed", "write" (a corrected line), "message"}; texts are empty if
            not applicable.
        partial_model: the model up to the mistake, or None.
    """

    def __init__(self, mistake, partial_model=None):
        super().__init__(text_of(mistake))
        self.mistake = mistake
        self.partial_model = partial_model
        self.in_full = False

    def _render_traceback_(self):
        """Lines for IPython: the text first, the traceback for later requests."""
        if self.in_full and self.__cause__ is not None:
            return traceback.format_exception(self.__cause__)
        self.in_full = True
        return [str(self)]


def text_of(mistake):
    """The mistake as readable text."""
    words = translations.table("model_magic")
    lines = []
    if mistake["line"] is not None:
        lines.append(words["line"].format(n=mistake["line"], source=mistake["source"]))
    message = mistake["message"]
    lines.append(message)
    for key in ("came", "needed", "write"):
        if mistake[key] and mistake[key] not in message:
            lines.append(words[key].format(text=mistake[key]))
    return "\n".join(lines)


def of_line(error, line):
    """The fields of a mistake in the first line of a cell, the magic's."""
    source, message = f"%%model {line}".strip(), _message(error)
    fields = dict.fromkeys(FIELDS, "") | {"line": 1, "source": source}
    correction = _right(error, source, message) or getattr(error, "write", "")
    return _translated(fields | {"message": message, "write": correction})


def explain(error, builder, body, file, first_line=2):
    """The fields of a mistake, from an exception raised in a cell.

    Args:
        error: the exception.
        builder: the ModelBuilder at the failure, None if the cell did not run.
        body: text of the cell below its first line.
        file: file name of its lines in tracebacks.
        first_line: number of the body's first line.
    """
    lines = [""] * (first_line - 1) + body.splitlines()
    layer, input_tensors = (builder and builder.current_call) or (None, None)
    is_shape_error = isinstance(error, LayerMistake)
    number = _line(error, layer, body, file, first_line)
    source = lines[number - 1].strip() if number and number <= len(lines) else ""
    message = _message(error)
    name = getattr(error, "kind", "")
    if layer is not None:
        named = introspection.is_named_by_user(layer)
        name = layer.name if named else type(layer).__name__
    fields = {
        "line": number,
        "source": source,
        "layer": name,
        "came": error.given if is_shape_error else _shapes(input_tensors),
        "needed": getattr(error, "needed", ""),
        "write": getattr(error, "write", "") or _right(error, source, message),
        "message": message,
    }
    return _translated(fields)


def _translated(fields):
    """The fields in the chosen language; code is not translated."""
    parts = {key: translate_part(fields[key]) for key in ("came", "needed", "write")}
    return fields | parts | {"message": translate(fields["message"])}


def _line(error, layer, body, file, first_line):
    """The number of the line that failed, None if it is not in the cell."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    line_numbers = [frame.lineno for frame in frames if frame.filename == file]
    if not line_numbers:
        return None
    line, creation = line_numbers[-1], created_at(layer)
    if creation and creation[0] == file:
        # In an expression over several lines, use the line of the layer itself.
        tree = ast.parse("\n" * (first_line - 1) + body)
        first, last = _statement(tree, line)
        if first <= creation[1] <= last:
            return creation[1]
    return line


def _statement(tree, line):
    """(first, last line) of the smallest statement that covers `line`."""
    spans = [
        (node.lineno, node.end_lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= node.end_lineno
    ]
    return min(spans, key=lambda span: span[1] - span[0], default=(line, line))


def _message(error):
    wide = _full_width(error)
    if wide:
        line = error.text or ""
        becomes_equals = wide == "：" and ":" not in _in_half_width(line)
        right = "=" if becomes_equals else _half_width(wide)
        return translations.text("model_magic", "full_width", wrong=wide, right=right)
    if isinstance(error, SyntaxError):
        return translations.text(
            "model_magic", "no_python", text=translate_part(error.msg)
        )
    if isinstance(error, NameError):
        name = error.name or ""
        if name in ("Sequential", "Model", "model"):
            return translations.text("model_magic", "no_model", name=name)
        family = vocabulary.family_of(name)
        if family:
            family = translations.text("model_magic", family)
            return translations.text(
                "model_magic", "no_quotes", name=name, family=family
            )
        near = check.did_you_mean(name, vocabulary.known_names())
        return translations.text("model_magic", "no_name", name=name) + near
    if isinstance(error, ImportError) and _package(error) in vocabulary.KERAS_PACKAGES:
        return translations.text("model_magic", "no_import", name=_package(error))
    if isinstance(error, NameMistake):
        return f"Unknown {error.family} {error.name!r}. {error.hint}"
    text = str(error)
    if isinstance(error, ValueError | TypeError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _right(error, source, message):
    """A corrected line: from the message, or with the suggested name."""
    if _full_width(error):
        return _in_half_width(source)
    wrong = error.name if isinstance(error, NameError) else None
    if wrong and vocabulary.family_of(wrong):
        return re.sub(
            rf"(?<![\w.'\"]){re.escape(wrong)}\b", repr(wrong), source, count=1
        )
    suggestion = re.search(r"Did you mean '([^']+)'", message)
    if suggestion and not wrong:
        match = re.search(r"(?:no argument|[Uu]nknown [\w ]+|=)\s*'([^']+)'", message)
        wrong = match and match[1]
    if suggestion and wrong and source:
        line = re.sub(rf"\b{re.escape(wrong)}\b", suggestion[1], source, count=1)
        if line != source:
            return line
    match = re.search(r"[Ww]rite (?:for example )?([\w.]+\(.*?\))\.?$", message)
    return match[1] if match else ""


def _full_width(error):
    """The full-width character that caused a syntax error, or ""."""
    if not isinstance(error, SyntaxError):
        return ""
    message = error.msg or ""
    if message.startswith("unterminated string"):
        # The quotation mark that was meant to end it.
        quotes = re.findall("[“”‘’＂＇]", error.text or "")
        return quotes[-1] if quotes else ""
    match = re.match(r"invalid character '(.)'", message)
    return match[1] if match and _half_width(match[1]) != match[1] else ""


def _in_half_width(line):
    """A line in ASCII signs; a colon between name and value becomes `=`."""
    narrow = "".join(map(_half_width, line))
    with_equals = "".join(map(_half_width, line.replace("：", "=")))
    return with_equals if _is_python(with_equals) and not _is_python(narrow) else narrow


def _is_python(line):
    try:
        ast.parse(line.strip())
    except SyntaxError:
        return False
    return True


def _half_width(letter):
    """The ASCII form of a full-width character; other characters are unchanged."""
    if unicodedata.category(letter)[0] == "L":
        return letter
    return OTHER_SIGNS.get(letter) or unicodedata.normalize("NFKC", letter)


def _package(error):
    """The package of a failed import."""
    return (error.name or "").partition(".")[0]


def _shapes(input_tensors):
    tensors = input_tensors if isinstance(input_tensors, list) else [input_tensors]
    return ", ".join(str(tensor.shape) for tensor in tensors if is_symbolic(tensor))
