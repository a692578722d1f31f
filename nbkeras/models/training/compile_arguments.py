"""Arguments of `compile`: errors for unknown ones, with the line to write instead."""

import contextlib
import difflib

from nbkeras.core import notices
from nbkeras.core.errors.argument_errors import unexpected
from nbkeras.core.errors.structured_errors import NameMistake, shown
from nbkeras.core.names.legacy_arguments import COMPILE_KEYWORDS

# Arguments of fit that are often passed to compile by mistake.
FIT_ARGUMENTS = {
    name: name for name in ("epochs", "batch_size", "callbacks", "verbose")
}
FIT_ARGUMENTS["nb_epoch"] = "epochs"


def refuse_unknown(keywords, accepted):
    """Raise if `compile` got unknown keywords; drop those of Keras 1 and 2.

    Args:
        keywords: {name: value} of the unknown keywords.
        accepted: names of the arguments of `compile`.
    """
    for name, value in keywords.items():
        if name in COMPILE_KEYWORDS:
            if value is not None:
                notices.once(
                    ("compile", name),
                    f"compile({name}=...) is deprecated; write nothing.",
                )
            continue
        suggestion = "model.compile(optimizer='adam', loss='mse')"
        if name in ("lr", "learning_rate"):
            suggestion = (
                f"model.compile(optimizer=Adam(learning_rate={shown(value)}), ...)"
            )
        elif name in FIT_ARGUMENTS:
            suggestion = f"model.fit(x, y, {FIT_ARGUMENTS[name]}={shown(value)})"
        elif close_names := difflib.get_close_matches(name, accepted, n=1, cutoff=0.7):
            suggestion = f"model.compile({close_names[0]}={shown(value)}, ...)"
        raise unexpected("compile", name, accepted, suggestion)


@contextlib.contextmanager
def suggest_compile_line(arguments):
    """A context in which the error for an unknown name suggests the corrected line."""
    try:
        yield
    except NameMistake as error:
        passed_arguments = {k: v for k, v in arguments.items() if v is not None}
        error.came_from("model.compile", passed_arguments, 0)
        raise
