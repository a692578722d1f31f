"""Data against model, with what the model knows of itself."""

from nbkeras.data import model_checks


def inputs(model, x, owner="fit"):
    """Raise if `x` does not suit the input shape, where that is known already."""
    shape = _input_shape(model)
    if shape is not None:
        model_checks.inputs(x, shape, None, owner)


def targets(model, x, y, output, owner="fit"):
    """Raise if the targets do not suit the outputs and the loss.

    Args:
        model: compiled and built.
        x: inputs, for messages.
        y: all targets where they are known, else those of the first batch.
        output: shape and dtype of the output.
        owner: what messages name.
    """
    loss = model._objective.loss_fn
    model_checks.check_against_model(
        x,
        y,
        None,
        (None, *output.shape[1:]),
        loss=getattr(loss, "name", None) if _ours(loss) else None,
        activation=last_activation(model),
        from_logits=getattr(loss, "from_logits", False),
        ignore_class=getattr(loss, "ignore_class", None),
        owner=owner,
    )


def last_activation(model):
    """Name of the activation that the model ends in, or None if unknown."""
    layers = model.layers
    if not layers:
        return None
    last = layers[-1]
    if hasattr(last, "fit"):
        return last_activation(last)
    kind = type(last).__name__
    if kind in ("Softmax", "Sigmoid"):
        return kind.lower()
    activation = getattr(last, "activation", None)
    if "activation" in last.__dict__ and activation is None:
        return "linear"
    return getattr(activation, "__name__", None)


def _input_shape(model):
    given = getattr(model, "_input", None)
    return given.batch_shape if given is not None else None


def _ours(loss):
    return loss is not None and getattr(loss, "rows_independent", False)
