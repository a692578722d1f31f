"""Tab completion in a `%%model` cell: options on the first line, layers below."""

import re

from nbkeras.core.serialization.configurable import Configurable
from nbkeras.core.serialization.signatures import parameters
from nbkeras.losses.registry import registry as loss_names
from nbkeras.metrics import FROM_SHAPES
from nbkeras.metrics.registry import registry as metric_names
from nbkeras.notebook.model_magic import options, vocabulary
from nbkeras.optimizers.registry import registry as optimizer_names

VALUES = {"optimizer": optimizer_names, "loss": loss_names, "metrics": metric_names}


def completions(text, line, column):
    """(text being completed, [completions]) at a position in a cell.

    Args:
        text: the whole cell.
        line: line number, from 0.
        column: number of characters before the cursor.
    """
    lines = text.split("\n")
    before = lines[line][:column]
    if not lines[0].lstrip().startswith("%%model"):
        return "", []
    if line == 0:
        return _option(before)
    fragment = re.search(r"\w*$", before)[0]
    if before[: len(before) - len(fragment)].endswith("."):
        return "", []  # an attribute: left to other completers
    names = vocabulary.known_names()
    call = _open_call("\n".join([*lines[1:line], before]))
    cls = vocabulary.layer_classes().get(call)
    if cls is not None and issubclass(cls, Configurable):
        names = [f"{name}=" for name in parameters(cls)] + names
    return fragment, _beginning_with(fragment, names) if fragment or call else []


def _option(before):
    words = before.replace("=", " ").split(" ")
    fragment = words[-1]
    if fragment.startswith("-"):
        return fragment, _beginning_with(fragment, [f"--{o}" for o in options.OPTIONS])
    option = next((w.lstrip("-") for w in reversed(words) if w.startswith("--")), None)
    fragment = fragment.split(",")[-1]
    if option in VALUES:
        return fragment, _beginning_with(fragment, _spellings(option))
    return fragment, []


def _spellings(option):
    """Short names of a family, as written on the line."""
    names = [*VALUES[option].names(), *VALUES[option].aliases]
    if option == "optimizer":
        names = [name.lower() for name in names]
    extra = FROM_SHAPES if option == "metrics" else ()
    return sorted({*extra, *(name for name in names if name.islower())})


def _open_call(before):
    """Name of the call whose parenthesis is open at the end of `before`, or None."""
    depth = 0
    for at in range(len(before) - 1, -1, -1):
        depth += (before[at] in ")]}") - (before[at] in "([{")
        if depth < 0:
            match = re.search(r"(\w+)\s*$", before[:at])
            return match[1] if match else None
    return None


def _beginning_with(fragment, names):
    return [name for name in names if name.lower().startswith(fragment.lower())]


def _matcher(context):
    from IPython.core.completer import SimpleCompletion

    fragment, names = completions(
        context.full_text, context.cursor_line, context.cursor_position
    )
    return {
        "completions": [SimpleCompletion(text=name, type="nbkeras") for name in names],
        "matched_fragment": fragment,
        "suppress": bool(names),
    }


_matcher.matcher_api_version = 2
_matcher.matcher_priority = 200
_matcher.matcher_identifier = "nbkeras.model"


def load(shell):
    """Register the completer for the Tab key."""
    matchers = getattr(shell.Completer, "custom_matchers", None)
    if matchers is not None and _matcher not in matchers:
        matchers.append(_matcher)


def unload(shell):
    """Remove the completer."""
    matchers = getattr(shell.Completer, "custom_matchers", None) or []
    if _matcher in matchers:
        matchers.remove(_matcher)
