"""The classes: each a function with its settings, under Keras 3's names."""

import inspect

from nbkeras.losses import classification as c
from nbkeras.losses import regression as r
from nbkeras.losses.base import Loss, _Wrapper
from nbkeras.losses.registry import register

_KEEP = inspect.Parameter.POSITIONAL_OR_KEYWORD


def _make(name, fn, own_name=None, alone=True, settings=None, counted=None):
    """A Loss class whose arguments are `settings` of `fn` (all) and those of Loss.

    `alone`: each row's value is its own, so that padding cannot change it.
    `counted(loss, y_true, values)`: false for values that the mean leaves out.
    """
    known = inspect.signature(fn).parameters
    settings = [known[n] for n in settings or list(known)[2:]]
    own_name = own_name or fn.__name__

    def __init__(self, *args, **kwargs):
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        given = dict(list(bound.arguments.items())[1:])
        base = {k: given.pop(k) for k in ("reduction", "name", "dtype")}
        Loss.__init__(self, **base)
        self.__dict__.update(given)

    base = [
        inspect.Parameter("reduction", _KEEP, default="sum_over_batch_size"),
        inspect.Parameter("name", _KEEP, default=own_name),
        inspect.Parameter("dtype", _KEEP, default=None),
    ]
    me = inspect.Parameter("self", _KEEP)
    signature = inspect.Signature([me, *settings, *base])
    __init__.__signature__ = signature
    body = {
        "__init__": __init__,
        "__doc__": inspect.cleandoc(fn.__doc__),
        "__module__": __name__,
        "fn": staticmethod(fn),
        "settings": tuple(p.name for p in settings),
        "rows_independent": alone,
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
Dice = _make("Dice", c.dice, alone=False)
Tversky = _make("Tversky", c.tversky, alone=False)
Circle = _make(
    "Circle",
    c.circle,
    alone=False,
    settings=("gamma", "margin", "remove_diagonal"),
    counted=lambda loss, y_true, values: values > 0,
)
