"""The display of a `%%model` cell: the model, and the weights it kept."""

import functools

from nbkeras.core.machine.background_threads import BackgroundThread
from nbkeras.notebook import environment
from nbkeras.notebook.model_plot import show as model_view
from nbkeras.notebook.widget import translations


class ModelPictures:
    """The diagrams shown by the cells of a notebook."""

    def __init__(self):
        self._of_models, self._of_mistakes = {}, {}

    def show(self, options, built, transfer, previous, compilation=None):
        """Show the model of a cell.

        Args:
            options: the options of the cell.
            built: the model, and the names of unused layers.
            transfer: the weights kept from the previous model; None if there are none.
            previous: the model previously bound to the name, or None.
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
        """Show the layers up to the mistake, and mark the broken connection.

        The error message below says what is wrong; the diagram shows where.
        """
        partial_model, fields = mistake.partial_model, mistake.mistake
        place = ("line", "source", "layer", "came", "needed")
        if partial_model is None or fields["line"] == 1:
            return  # there is no layer to show, or the mistake is not in a layer
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
        """Release a model that can no longer be restored from its diagram."""
        view = self._of_models.pop(id(model), None)
        if view is not None:
            view.release()


def _follow(compilation, view):
    """Update the status of the diagram when the step is compiled."""
    view.publish(status="ready" if compilation.wait() == "ready" else "")


def show_model(model, note="", status="", name=None):
    """Show the diagram of a model with a note, or text outside of a notebook.

    Returns:
        The diagram, or None if it was text.
    """
    if environment.in_kernel():
        return model_view.show_model(model, name=name, status=status, note=note)
    model.summary()
    if note:
        print(note)
    return None


def undone(name, model):
    """Report that a name is bound to its previous model again, or to none."""
    print(_say("nothing_before" if model is None else "undone", name=name))


def weights_note(options, built, transfer, previous):
    """One line: weights kept, new and removed layers, and how to undo."""
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
    """Names joined by commas; the middle ones are omitted if there are many."""
    names = list(names)
    if len(names) > 6:
        names = [*names[:3], f"… ({len(names) - 5})", *names[-2:]]
    return ", ".join(names)


def _say(key, **values):
    return translations.text("model_magic", key, **values)
