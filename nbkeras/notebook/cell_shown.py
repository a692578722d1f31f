"""What a `%%model` cell shows: the model, and what became of the weights."""

from nbkeras.notebook import strings


def show(asked, built, carried, former, ahead=None):
    """Show the model of a cell.

    Args:
        asked: the line of the cell.
        built: the model, and names that the cell did not use.
        carried: what was kept of the former model; None if nothing could be.
        former: the model that the name had before, or None.
        ahead: the handle of `Model.compile_ahead`, or None.
    """
    show_model(built.model, note=note(asked, built, carried, former))
    if "summary" in asked.switches:
        built.model.summary()


def show_model(model, note=""):
    """The picture of a model and a line under it."""
    model.summary()
    if note:
        print(note)


def show_mistake(mistake):
    """The layers up to the mistake."""
    if mistake.so_far is not None:
        mistake.so_far.summary()


def undone(name, model):
    """Say that a name holds its former model again, or that there was none."""
    print(_say("nothing_before" if model is None else "undone", name=name))


def note(asked, built, carried, former):
    """One line: what was kept, what is new, what is gone, and how to go back."""
    parts = []
    if built.unused:
        parts.append(_say("unused", names=_names(built.unused)))
    if former is None:
        return " ".join(parts)
    if carried is not None:
        parts += _kept(carried)
    elif "no-keep" in asked.switches:
        parts.append(_say("afresh"))
    else:
        parts.append(_say("unknown_shapes"))
    parts.append(_say("undo", name=asked.name))
    return " ".join(parts)


def _kept(carried):
    if not carried.new and not carried.dropped:
        return [_say("kept_all")]
    words = {
        "kept": carried.kept,
        "new": carried.new,
        "dropped": carried.dropped,
    }
    return [_say(key, names=_names(names)) for key, names in words.items() if names]


def _names(names):
    """Names with commas, the middle left out of many."""
    names = list(names)
    if len(names) > 6:
        names = [*names[:3], f"… ({len(names) - 5})", *names[-2:]]
    return ", ".join(names)


def _say(key, **values):
    return strings.text("cell", key, **values)
