"""Names of PyTorch that end up in Keras code, and what to write instead."""

_GRADIENTS = (
    "Compute the loss within `with GradientTape() as tape:`, and write gradients = "
    "tape.gradient(loss, model.trainable_variables)"
)
_STEP = "Write optimizer.apply(gradients, model.trainable_variables)"
_NEW_EACH_TIME = "Leave the line out: tape.gradient computes each gradient anew"
OF_ARRAYS = {
    "backward": _GRADIENTS,
    "detach": "Write ops.stop_gradient(x)",
    "requires_grad_": "Write tape.watch(x)",
    "cpu": "Write x.numpy()",
}
OF_OPTIMIZERS = {"zero_grad": _NEW_EACH_TIME, "step": _STEP}
OF_LAYERS = {
    "parameters": "Write model.trainable_variables",
    "named_parameters": "Write [(v.path, v) for v in model.trainable_variables]",
    "zero_grad": _NEW_EACH_TIME,
    "state_dict": "Write model.get_weights()",
    "load_state_dict": "Write model.set_weights(weights)",
    "eval": "Leave the line out, and write model(x, training=False)",
    "train": "Leave the line out, and write model(x, training=True)",
}


def missing(owner: object, name: str, advice: dict[str, str]) -> AttributeError:
    """The error for an attribute that `owner` lacks, with advice for one of PyTorch."""
    kind = type(owner).__name__
    if name in advice:
        text = f"{kind} has no {name!r}, which is a name of PyTorch. {advice[name]}."
    else:
        text = f"{kind!r} object has no attribute {name!r}"
    return AttributeError(text, name=name, obj=owner)
