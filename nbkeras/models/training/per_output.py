"""What `compile` was given, by list, dict or once for all, dealt out to the outputs."""

from nbkeras.core import check


def losses(given, outputs):
    """One entry of `loss=` for each output; None for an output without a loss."""
    if isinstance(given, dict) and not is_config(given):
        return _by_name("loss", given, outputs)
    if isinstance(given, list | tuple):
        return _by_place("loss", given, outputs)
    return [given] * len(outputs)


def loss_weights(given, outputs):
    """One factor for each output."""
    if given is None:
        return [1.0] * len(outputs)
    if isinstance(given, dict):
        found = _by_name("loss_weights", given, outputs)
    elif isinstance(given, list | tuple):
        found = _by_place("loss_weights", given, outputs)
    else:
        found = [given] * len(outputs)
    return [
        1.0 if each is None else check.number("compile", "loss_weights", each)
        for each in found
    ]


def metrics(name, given, outputs):
    """A list of metrics for each output.

    A list with one entry for each output is dealt out, as in Keras 3; any other list
    without lists in it is for every output, as in Keras 2.
    """
    if len(outputs) == 1:
        return [flat(given)]
    if isinstance(given, dict):
        found = _by_name(name, given, outputs)
    elif isinstance(given, list | tuple) and (
        len(given) == len(outputs) or any(isinstance(each, list) for each in given)
    ):
        found = _by_place(name, given, outputs)
    else:
        found = [given] * len(outputs)
    return [flat(each) for each in found]


def data(what, given, outputs, wanted):
    """Targets or sample weights, one entry for each output.

    Args:
        what: "y" or "sample_weight", for messages.
        given: an array, or a list or dict of arrays; None for nothing.
        outputs: see `Outputs`.
        wanted: which outputs need an entry; the others may be left out.

    Raises:
        ValueError: an unknown name, or another number of arrays.
    """
    if isinstance(given, dict):
        return _by_name(what, given, outputs)
    if not isinstance(given, list | tuple):
        everywhere = what != "y" or len(outputs) == 1 or given is None
        if everywhere:
            return [given] * len(outputs)
        if sum(wanted) == 1:
            return [given if each else None for each in wanted]
        raise ValueError(
            f"The model has {outputs}, and {what} is one array. Give one for each: "
            f"{what}=[{', '.join(outputs.example)}]."
        )
    if len(given) == sum(wanted) != len(outputs):
        rest = iter(given)
        return [next(rest) if each else None for each in wanted]
    return _by_place(what, given, outputs)


class Outputs(list):
    """The names of a model's outputs, None for those that have none.

    Args:
        names: in the order of the arrays in the output.
        other: {another name by which an output is known: its name}.
        keyed: whether the model gives a dict.
    """

    def __init__(self, names, other=None, keyed=False):
        super().__init__(names)
        self.other = other or {}
        self.keyed = keyed

    @property
    def example(self):
        """Names to show, also where there are none."""
        return [name or f"output_{i}" for i, name in enumerate(self)]

    def __str__(self):
        many = f"{len(self)} output{'s' if len(self) != 1 else ''}"
        return many if None in self else f"{many} ({', '.join(self)})"


def _by_name(what, given, outputs):
    found = {}
    for key, value in given.items():
        name = key if key in outputs else outputs.other.get(key)
        if name is None and len(outputs) == len(given) == 1:
            name = outputs[0]
        elif name is None:
            known = ", ".join(map(repr, outputs))
            raise ValueError(
                f"{what} has an entry for {key!r}, and the model's outputs are "
                f"{known if None not in outputs else 'a list without names'}."
                f"{check.did_you_mean(key, outputs)} Write for example {what}="
                f"{{{', '.join(f'{n!r}: ...' for n in outputs.example)}}}"
                f"{'' if None not in outputs else ' for a model that returns a dict'}."
            )
        found[name] = value
    return [found.get(name) for name in outputs]


def _by_place(what, given, outputs):
    if len(given) == len(outputs):
        return list(given)
    if what == "y" and len(outputs) == 1:
        raise ValueError(
            f"y is a list of {len(given)} arrays, and the model has {outputs}. If each "
            "array is one example, write y = np.stack(y)."
        )
    raise ValueError(
        f"{what} has {len(given)} entr{'ies' if len(given) != 1 else 'y'}, and the "
        f"model has {outputs}. Give one for each: {what}=["
        f"{', '.join(outputs.example)}], or a dict by these names."
    )


def flat(given):
    """All metrics in a list, a dict, or lists of lists."""
    if given is None:
        return []
    if isinstance(given, dict) and not is_config(given):
        given = list(given.values())
    if not isinstance(given, list | tuple):
        return [given]
    return [one for each in given for one in flat(each)]


def is_config(value):
    """Whether it is the saved form of a loss or metric."""
    return isinstance(value, dict) and "class_name" in value
