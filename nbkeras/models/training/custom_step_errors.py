"""Steps of training written by the user: what to write in their place."""

# Methods of Keras's Model that fit, evaluate and predict call there.
STEPS = ("train_step", "test_step", "predict_step", "compute_loss", "compute_metrics")
MAKERS = ("make_train_function", "make_test_function", "make_predict_function")


def refuse(model, what):
    """Raise if the class of `model` writes a step of its own, which would be ignored.

    Raises:
        TypeError: it does; says how such training is written here.
    """
    name = type(model).__name__
    for step in (*STEPS, *MAKERS):
        if hasattr(type(model), step):
            raise TypeError(
                f"{name} has its own {step}, and {what} would not call it: nbkeras "
                "compiles whole steps itself. A loss of your own goes into "
                "compile(loss=function), or into call as self.add_loss(value). For "
                "anything else write the loop: loss, grads = nbkeras.gradients(lambda: "
                "loss_fn(y, model(x, training=True)), model.trainable_weights); then "
                "optimizer.apply_gradients(zip(grads, model.trainable_weights)). See "
                "docs/functional.md."
            )
