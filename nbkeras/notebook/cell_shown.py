"""What a `%%model` cell shows: the model, and what became of the weights."""

import threading

from nbkeras.notebook import env, model_view, strings


def show(asked, built, carried, former, ahead=None):
    """Show the model of a cell.

    Args:
        asked: the line of the cell.
        built: the model, and names that the cell did not use.
        carried: what was kept of the former model; None if nothing could be.
        former: the model that the name had before, or None.
        ahead: the handle of `Model.compile_ahead`, or None.
    """
    begun = "" if ahead is None else "compiling"
    said = note(asked, built, carried, former)
    view = show_model(built.model, said, begun, asked.name)
    if view is not None and ahead is not None:
        watch = threading.Thread(target=_follow, args=(ahead, view), daemon=True)
        watch.start()
    if view is not None and "summary" in asked.switches:
        built.model.summary()


def _follow(ahead, view):
    """Say on the picture when the step is compiled; nothing if it is not needed."""
    view.publish(status="ready" if ahead.wait() == "ready" else "")


def show_model(model, note="", status="", name=None):
    """The picture of a model with a line under it; as text where there is no page.

    Returns:
        The picture, or None where it was text.
    """
    if env.in_kernel():
        return model_view.show_model(model, name=name, status=status, note=note)
    model.summary()
    if note:
        print(note)
    return None


def show_mistake(mistake, name):
    """The layers up to the mistake, and the joint that is broken."""
    if env.in_kernel():
        model_view.show_model(mistake.so_far, name=name, mistake=mistake.mistake)
    elif mistake.so_far is not None:
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
    changed = [name for name in carried.new if name in carried.dropped]
    words = {
        "kept": carried.kept,
        "changed": changed,
        "new": [name for name in carried.new if name not in changed],
        "dropped": [name for name in carried.dropped if name not in changed],
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
