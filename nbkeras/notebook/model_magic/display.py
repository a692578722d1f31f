"""The display of a `%%model` cell: the model, and which weights were kept."""

import functools

from nbkeras.core.machine.background_threads import BackgroundThread
from nbkeras.notebook import environment
from nbkeras.notebook.model_plot import show as model_view
from nbkeras.notebook.widget import translations


class ModelPictures:
    """The pictures that the cells of a notebook show."""

    def __init__(self):
        self._of_models, self._of_mistakes = {}, {}

    def show(self, options, built, transfer, previous, compilation=None):
        """Show the model of a cell.

        Args:
            options: the line of the cell.
            built: the model, and names that the cell did not use.
            transfer: what was kept of the model from before; None if nothing could be.
            previous: the model that the name had before, or None.
            compilation: the handle of `Model.compile_ahead`, or None.
        """
        status = "" if compilation is None else "compiling"
        message = weights_note(options, built, transfer, previous)
        view = show_model(built.model, message, status, options.name)
        if view is None:
            return
        self._of_models[id(built.model)] = view
        if compilation is not None:
            follow = functools.partial(_follow, compilation, view)
            BackgroundThread(follow, "nbkeras-follow", compilation.cancel).start()
        if "summary" in options.switches:
            built.model.summary()

    def show_mistake(self, mistake, name):
        """The layers up to the mistake, and the joint that is broken.

        The error below says in words what is wrong; the picture says where, once.
        """
        partial_model, fields = mistake.partial_model, mistake.mistake
        place = ("line", "source", "layer", "came", "needed")
        if partial_model is None or fields["line"] == 1:
            return  # there is no layer to show, or none of them is to blame
        if environment.in_kernel():
            if name in self._of_mistakes:
                self._of_mistakes[name].release()
            view = model_view.show_model(
                partial_model, name=name, mistake={k: fields[k] for k in place}
            )
            self._of_mistakes[name] = view
        else:
            partial_model.summary()

    def release(self, model):
        """A model can come back no more: its picture must not hold it."""
        view = self._of_models.pop(id(model), None)
        if view is not None:
            view.release()


def _follow(compilation, view):
    """Say on the picture when the step is compiled; nothing if it is not needed."""
    view.publish(status="ready" if compilation.wait() == "ready" else "")


def show_model(model, note="", status="", name=None):
    """The picture of a model with a line under it; as text where there is no page.

    Returns:
        The picture, or None where it was text.
    """
    if environment.in_kernel():
        return model_view.show_model(model, name=name, status=status, note=note)
    model.summary()
    if note:
        print(note)
    return None


def undone(name, model):
    """Say that a name holds its former model again, or that there was none."""
    print(_say("nothing_before" if model is None else "undone", name=name))


def weights_note(options, built, transfer, previous):
    """One line: what was kept, what is new, what is gone, and how to go back."""
    parts = []
    if built.unused:
        parts.append(_say("unused", names=_names(built.unused)))
    if previous is None:
        return _say("gap").join(parts)
    if transfer is not None:
        parts += _kept(transfer)
    elif "no-keep" in options.switches:
        parts.append(_say("afresh"))
    else:
        parts.append(_say("unknown_shapes"))
    parts.append(_say("undo", name=options.name))
    return _say("gap").join(parts)


def _kept(transfer):
    if not transfer.new and not transfer.dropped:
        return [_say("kept_all")]
    changed = [name for name in transfer.new if name in transfer.dropped]
    names_by_key = {
        "kept": transfer.kept,
        "changed": changed,
        "new": [name for name in transfer.new if name not in changed],
        "dropped": [name for name in transfer.dropped if name not in changed],
    }
    return [
        _say(key, names=_names(names)) for key, names in names_by_key.items() if names
    ]


def _names(names):
    """Names with commas, the middle left out of many."""
    names = list(names)
    if len(names) > 6:
        names = [*names[:3], f"… ({len(names) - 5})", *names[-2:]]
    return ", ".join(names)


def _say(key, **values):
    return translations.text("model_magic", key, **values)
