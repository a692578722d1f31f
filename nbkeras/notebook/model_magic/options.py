"""Parse the line of `%%model`: a name, and options."""

import builtins
import keyword
import re
from dataclasses import dataclass, field

from nbkeras import losses, metrics, optimizers
from nbkeras.core import check
from nbkeras.losses.registry import registry as loss_names
from nbkeras.metrics.registry import registry as metric_names
from nbkeras.notebook.model_magic import choice_names
from nbkeras.optimizers.registry import registry as optimizer_names

# {option: an example of its value; empty for a switch}
OPTIONS = {
    "input": "150,150,3",
    "optimizer": "adam",
    "loss": "categorical_crossentropy",
    "metrics": "accuracy",
    "lr": "0.001",
    "no-keep": "",
    "summary": "",
    "traceback": "",
}
# Names that a variable must not shadow.
RESERVED = {*dir(builtins), "get_ipython", "exit", "quit", "In", "Out"}
# {option: (module whose names it accepts, registry of its names)}
FAMILIES = {
    "optimizer": (optimizers, optimizer_names),
    "loss": (losses, loss_names),
    "metrics": (metrics, metric_names),
}


@dataclass
class MagicOptions:
    """The parsed options of a line.

    Args:
        name: name of the variable for the model.
        shape: shape of one sample, None if not given.
        compile: keyword arguments of `Model.compile`; empty to skip compiling.
        rate: the learning rate of --lr, None if not given.
        switches: the enabled ones of "no-keep", "summary" and "traceback".
    """

    name: str = ""
    shape: tuple | None = None
    compile: dict = field(default_factory=dict)
    rate: float | None = None
    switches: frozenset = frozenset()


class OptionError(ValueError):
    """A line that cannot be parsed; `write` is the suggested correction."""

    def __init__(self, text, write=""):
        super().__init__(text)
        self.write = write


def parse(line, notebook=None):
    """Parse the line after `%%model` into `MagicOptions`.

    Args:
        line: for example "net --input 28,28,1 --loss mse --metrics mae mape".
        notebook: {name: value} of variables that the line may use.

    Raises:
        OptionError: an option is unknown, or its value is invalid.

    >>> parse("net --input 28,28,1 --no-keep").shape
    (28, 28, 1)
    """
    words = split(line, " \t\n")
    comment = next((i for i, w in enumerate(words) if w[0] == "#"), len(words))
    words = words[:comment]
    first_option = next(
        (i for i, word in enumerate(words) if word.startswith("-")), len(words)
    )
    values = _options(words[first_option:], line)
    name, shape = _name(words[:first_option], line), _shape(values, notebook or {})
    arguments, rate = _compile(values, notebook or {})
    return MagicOptions(
        name,
        shape,
        arguments,
        rate,
        frozenset(name for name in values if not OPTIONS[name]),
    )


def split(text, at):
    """Split `text` at the characters `at` outside of brackets and quotes."""
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        depth += (letter in "([{") - (letter in ")]}")
        if letter in at and not quote and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part]


def _options(words, line):
    values, name = {}, None
    for word in words:
        if word.startswith("--") or (word[0] == "-" and not _is_number(word)):
            name, equals, value = word.lstrip("-").partition("=")
            _refuse_unknown(name, word, line)
            values[name] = [value] if equals else []
        else:
            values[name].append(word)
    for name, words_of_option in values.items():
        if words_of_option and not OPTIONS[name]:
            raise OptionError(
                f"--{name} takes no value, and got {' '.join(words_of_option)}.",
                f"--{name}",
            )
        if not words_of_option and OPTIONS[name]:
            raise OptionError(
                f"--{name} needs a value. Write for example --{name} {OPTIONS[name]}.",
                f"--{name} {OPTIONS[name]}",
            )
    return {name: " ".join(words_of_option) for name, words_of_option in values.items()}


def _refuse_unknown(name, word, line):
    if name in OPTIONS:
        return
    near = check.did_you_mean(name, list(OPTIONS))
    suggestion = re.search(r"'(.+?)'", near)
    raise OptionError(
        f"%%model has no option {word.split('=')[0]}.{near.replace(chr(39), '')} It "
        f"takes: {', '.join(f'--{option}' for option in OPTIONS)}.",
        "%%model " + line.replace(word, f"--{suggestion[1]}", 1) if suggestion else "",
    )


def _name(words, line):
    if len(words) == 1 and words[0].isidentifier():
        if keyword.iskeyword(words[0]) or words[0] in RESERVED:
            raise OptionError(
                f"%%model {words[0]}: a model of that name would shadow a Python or "
                "notebook name. Choose another name.",
                f"%%model {words[0]}_model",
            )
        return words[0]
    described = f"got {' '.join(words)!r}" if words else "got none"
    raise OptionError(
        f"%%model needs one name, the variable for the model, and {described}.",
        f"%%model model {line[line.find('--') :] if '--' in line else ''}".strip(),
    )


def _shape(values, notebook):
    text = values.get("input")
    if text is None:
        return None
    spaced = re.sub(r"(?<=[\w?])[\sx×]+(?=[\d?N])", ",", text).replace("?", "None")
    value = _evaluated(spaced, notebook, "input")
    value = (value,) if check.is_int(value) else value
    good = isinstance(value, list | tuple) and value
    if good and all(n is None or (check.is_int(n) and n > 0) for n in value):
        return tuple(value)
    raise OptionError(
        f"--input {text}: the shape of one sample is a list of integers separated by "
        "commas, without the batch; ? means an unknown size. Write for example "
        "--input 150,150,3.",
        "--input 150,150,3",
    )


def _compile(values, notebook):
    """(arguments of `compile`, learning rate or None)."""
    arguments, rate = {}, None
    for name in ("optimizer", "loss", "metrics"):
        if name in values:
            arguments[name] = _listed(name, values[name], notebook)
    if isinstance(arguments.get("metrics"), str) or callable(arguments.get("metrics")):
        arguments["metrics"] = [arguments["metrics"]]
    if "lr" in values:
        rate = _rate(values["lr"], notebook)
        # Without other options, the rate applies to the previous model's optimizer.
        if arguments:
            optimizer = arguments.get("optimizer")
            arguments["optimizer"] = _with_rate(optimizer, rate, values["lr"])
    return arguments, rate


def _listed(option, text, notebook):
    """One value; a list for "a,b" or "a b"; a dict for "first=a second=b"."""
    parts = split(text, ", \t")
    pairs = [re.match(r"(\w+)=(?!=)(.+)", part) for part in parts]
    if all(pairs):
        return {pair[1]: _value(option, pair[2], notebook) for pair in pairs}
    values = [_value(option, part, notebook) for part in parts]
    return values[0] if len(values) == 1 else values


def _value(option, text, notebook):
    """A known name unchanged, else the value of a variable or an expression."""
    module, registry = FAMILIES[option]
    text = text.strip("'\"")
    is_registered = registry.find(text) or registry.find(text.lower())
    if is_registered or text in metrics.FROM_SHAPES:
        return text
    if text in notebook or not text.isidentifier():
        value = _evaluated(text, {**vars(module), **notebook}, option)
        is_object = hasattr(value, "get_config") or hasattr(value, "init")
        if callable(value) or is_object or (value and isinstance(value, str)):
            return value
    return text


def _rate(text, notebook):
    rate = _evaluated(text, notebook, "learning_rate")
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not rate > 0:
        raise OptionError(
            f"--lr {text}: the learning rate is a number above 0. Write for example "
            "--lr 0.001.",
            "--lr 0.001",
        )
    return rate


def _with_rate(optimizer, rate, text):
    if optimizer is not None and not isinstance(optimizer, str):
        raise OptionError(
            "--lr goes with the name of an optimizer. Write the rate into its "
            f"brackets: --optimizer {type(optimizer).__name__}(learning_rate={text}).",
            f"--optimizer {type(optimizer).__name__}(learning_rate={text})",
        )
    default = optimizers.get(optimizer or "rmsprop")
    return type(default)(learning_rate=rate)


def _evaluated(text, names, option):
    """The value of a user's expression; None if it cannot be evaluated."""
    try:
        return choice_names.evaluate(text, names, option)
    except Exception:  # the option reports it
        return None


def _is_number(word):
    return re.fullmatch(r"-?[\d.]+(e-?\d+)?", word) is not None
