"""The classes: each a function with its settings, under Keras 3's names."""

import inspect

from nbkeras.losses import classification as c
from nbkeras.losses import regression as r
from nbkeras.losses.base import Loss, _Wrapper
from nbkeras.losses.registry import register

_KEEP = inspect.Parameter.POSITIONAL_OR_KEYWORD


def _make(name, fn, own_name=None, alone=True, order=None, counted=None):
    """A Loss class whose arguments are those of `fn` and those of Loss.

    `alone`: each row's value is its own, so that padding cannot change it.
    `order`: names of the arguments, where they are not all of `fn` and then `base`.
    `counted(loss, y_true, values)`: false for values that the mean leaves out.
    """
    known = dict(list(inspect.signature(fn).parameters.items())[2:])
    base = {"reduction": "sum_over_batch_size", "name": own_name or fn.__name__}
    base["dtype"] = None
    known |= {k: inspect.Parameter(k, _KEEP, default=v) for k, v in base.items()}
    me = inspect.Parameter("self", _KEEP)
    order = order.split() if order else list(known)
    signature = inspect.Signature([me, *(known[each] for each in order)])

    def __init__(self, *args, **kwargs):
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        given = dict(list(bound.arguments.items())[1:])
        Loss.__init__(self, **{k: given.pop(k) for k in base})
        self.__dict__.update(given)

    __init__.__signature__ = signature
    body = {
        "__init__": __init__,
        "__doc__": inspect.cleandoc(fn.__doc__),
        "__module__": __name__,
        "fn": staticmethod(fn),
        "settings": tuple(each for each in order if each not in base),
        "alone": alone,
    }
    if counted:
        body["counted"] = counted
    return register(name)(type(name, (_Wrapper,), body))


MeanSquaredError = _make("MeanSquaredError", r.mean_squared_error)
MeanAbsoluteError = _make("MeanAbsoluteError", r.mean_absolute_error)
MeanAbsolutePercentageError = _make(
    "MeanAbsolutePercentageError", r.mean_absolute_percentage_error
)
MeanSquaredLogarithmicError = _make(
    "MeanSquaredLogarithmicError", r.mean_squared_logarithmic_error
)
Huber = _make("Huber", r.huber, "huber_loss")
LogCosh = _make("LogCosh", r.log_cosh)
Pinball = _make("Pinball", r.pinball)
CosineSimilarity = _make("CosineSimilarity", r.cosine_similarity)
Poisson = _make("Poisson", r.poisson)
KLDivergence = _make("KLDivergence", r.kl_divergence)
BinaryCrossentropy = _make("BinaryCrossentropy", c.binary_crossentropy)
BinaryFocalCrossentropy = _make("BinaryFocalCrossentropy", c.binary_focal_crossentropy)
CategoricalCrossentropy = _make("CategoricalCrossentropy", c.categorical_crossentropy)
CategoricalFocalCrossentropy = _make(
    "CategoricalFocalCrossentropy", c.categorical_focal_crossentropy
)
SparseCategoricalCrossentropy = _make(
    "SparseCategoricalCrossentropy",
    c.sparse_categorical_crossentropy,
    order="from_logits ignore_class reduction axis name dtype",
    counted=lambda loss, y_true, values: c.kept(y_true, values, loss.ignore_class),
)
Hinge = _make("Hinge", c.hinge)
SquaredHinge = _make("SquaredHinge", c.squared_hinge)
CategoricalHinge = _make("CategoricalHinge", c.categorical_hinge)
CategoricalGeneralizedCrossEntropy = _make(
    "CategoricalGeneralizedCrossEntropy", c.categorical_generalized_cross_entropy
)
CTC = _make("CTC", c.ctc)
# These look across the rows of a batch, so that padding would change them.
Dice = _make("Dice", c.dice, alone=False, order="reduction name axis dtype")
Tversky = _make(
    "Tversky",
    c.tversky,
    alone=False,
    order="alpha beta reduction name axis dtype",
)
Circle = _make(
    "Circle",
    c.circle,
    alone=False,
    order="gamma margin remove_diagonal reduction name dtype",
    counted=lambda loss, y_true, values: values > 0,
)
