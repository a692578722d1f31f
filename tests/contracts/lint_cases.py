"""Models and data on which each rule of `lint` must speak, and must be silent."""

import numpy as np

from nbkeras import Model, losses, ops
from nbkeras.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
    RandomFlip,
    Rescaling,
    Softmax,
)
from nbkeras.models import Sequential

RANDOM = np.random.default_rng(0)
N = 40
RAW = RANDOM.integers(0, 256, (N, 12, 12, 1)).astype("uint8")
PICTURES = (RAW / 255).astype("float32")
MANY = np.random.default_rng(1).random((200, 12, 12, 1), dtype="float32")
LABELS = np.arange(N) % 10
ONE_HOT = np.eye(10, dtype="float32")[LABELS]
ROWS = RANDOM.normal(size=(N, 6)).astype("float32")
YES = LABELS % 2
TAGS = (RANDOM.random((N, 4)) > 0.5).astype("float32")

SPARSE, CATEGORICAL = "sparse_categorical_crossentropy", "categorical_crossentropy"
BINARY = "binary_crossentropy"


def net(*stack, shape=(12, 12, 1), loss=None):
    """A Sequential; compiled where a loss is given."""
    model = Sequential([Input(shape), *stack])
    if loss is not None:
        model.compile("adam", loss)
    return model


def flat(*stack, **how):
    """A Sequential on pictures that begins with Flatten."""
    return net(Flatten(), *stack, **how)


def stacked(*last):
    """A network of pictures that ends with these layers."""
    return Sequential([Input((12, 12, 1)), Flatten(), *last])


def top(units, activation, loss):
    """One layer on pictures, compiled."""
    return flat(Dense(units, activation, name="top"), loss=loss)


def of_six(*stack):
    """A classifier of six features."""
    return net(*stack, shape=(6,), loss=SPARSE)


def top_behind(units):
    """A classifier behind a layer of so many units."""
    return of_six(Dense(units, "relu", name="narrow"), Dense(10, "softmax"))


def blown_up():
    """A model whose losses grew from epoch to epoch."""
    model = net(Dense(1), shape=(6,), loss="mse")
    model.history.history["loss"] = [1.0, 4.0, 9.0]
    return (model,)


def trained():
    """A model whose losses fell."""
    model = net(Dense(1), shape=(6,), loss="mse")
    model.history.history["loss"] = [9.0, 4.0, 1.0]
    return (model,)


# rule: (() -> arguments of lint, part of where, part of the change)
SPEAKS = {
    "softmax-of-one": (
        lambda: (top(1, "softmax", BINARY), PICTURES, YES),
        "'top'",
        "activation='sigmoid'",
    ),
    "softmax-with-binary-loss": (
        lambda: (top(10, "softmax", BINARY), PICTURES, ONE_HOT),
        "'top'",
        "loss='categorical_crossentropy'",
    ),
    "sigmoid-with-categorical-loss": (
        lambda: (top(10, "sigmoid", CATEGORICAL), PICTURES, ONE_HOT),
        "'top'",
        "activation='softmax'",
    ),
    "logits-taken-twice": (
        lambda: (
            top(10, "softmax", losses.SparseCategoricalCrossentropy(from_logits=True)),
            PICTURES,
            LABELS,
        ),
        "'top'",
        "from_logits=False",
    ),
    "softmax-twice": (
        lambda: (stacked(Dense(10, "softmax", name="a"), Softmax(name="b")), PICTURES),
        "'b'",
        "activation=None in 'a'",
    ),
    "strong-dropout": (
        lambda: (stacked(Dropout(0.95, name="a"), Dense(10, "softmax")), PICTURES),
        "'a'",
        "Dropout(0.5)",
    ),
    "imbalanced-classes": (
        lambda: (top(10, "softmax", SPARSE), MANY, np.arange(200) // 195),
        "y",
        "class_weight={0: 0.51, 1: 20.0}",
    ),
    "logits-taken-for-probabilities": (
        lambda: (top(10, None, SPARSE), PICTURES, LABELS),
        "'top'",
        "activation='softmax'",
    ),
    "one-hot-with-sparse-loss": (
        lambda: (top(10, "softmax", SPARSE), PICTURES, ONE_HOT),
        "'top'",
        "loss='categorical_crossentropy'",
    ),
    "numbers-with-categorical-loss": (
        lambda: (top(10, "softmax", CATEGORICAL), PICTURES, LABELS),
        "'top'",
        "loss='sparse_categorical_crossentropy'",
    ),
    "nothing-between-dense": (
        lambda: (flat(Dense(32, name="plain"), Dropout(0.2), Dense(10, "softmax")),),
        "'plain'",
        "Dense(32, activation='relu')",
    ),
    "huge-dense": (
        lambda: (net(Flatten(), Dense(100, "relu", name="wide"), shape=(330, 330, 1)),),
        "'wide'",
        "GlobalAveragePooling2D()",
    ),
    "channels-first": (
        lambda: (net(Conv2D(4, 3, name="wide"), shape=(3, 32, 32)),),
        "'wide'",
        "Input((32, 32, 3))",
    ),
    "inputs-not-scaled": (
        lambda: (top(10, "softmax", SPARSE), RAW, LABELS),
        "x before Dense 'top'",
        "Rescaling(1 / 255)",
    ),
    "features-not-scaled": (
        lambda: (of_six(Dense(10, "softmax", name="top")), ROWS * [1, 1, 2e5, 1, 1, 1]),
        "x before Dense 'top'",
        "normalize.adapt(x)",
    ),
    "repeated-rows": (
        lambda: (top(10, "softmax", SPARSE), np.tile(PICTURES, (5, 1, 1, 1))),
        "x",
        "np.unique(x, axis=0",
    ),
    "slow-moving-statistics": (
        lambda: (stacked(BatchNormalization(momentum=0.9999, name="norm"), Dense(10)),),
        "'norm'",
        "momentum=0.99",
    ),
    "one-unit-between": (
        lambda: (top_behind(1),),
        "'narrow'",
        "Dense(10, activation='relu')",
    ),
    "labels-out-of-range": (
        lambda: (top(10, "softmax", SPARSE), PICTURES, LABELS + 1),
        "y",
        "y = y - 1",
    ),
    "targets-out-of-reach": (
        lambda: (top(1, "sigmoid", "mse"), PICTURES, 20.0 * ROWS[:, 0]),
        "'top'",
        "activation=None",
    ),
    "class-numbers-as-quantities": (
        lambda: (counted(Dense(1, name="top")), PICTURES, LABELS),
        "'top'",
        "Dense(10, activation='softmax')",
    ),
    "validation-scaled-differently": (
        lambda: (top(10, "softmax", SPARSE), PICTURES, LABELS, (RAW[::-1], LABELS)),
        "validation_data",
        "the same scaling",
    ),
    "validation-is-training": (
        lambda: (
            top(10, "softmax", SPARSE),
            PICTURES,
            LABELS,
            (PICTURES[10:30], LABELS[10:30]),
        ),
        "validation_data",
        "validation_split=0.2",
    ),
    "learning-rate-too-high": (blown_up, "optimizer", "learning_rate=0.0001"),
}


def counted(*stack):
    """Quantities are learned, and right answers are counted."""
    model = flat(*stack)
    model.compile("adam", "mse", metrics=["accuracy"])
    return model


def two_softmax():
    """Two classes as two columns: binary crossentropy is as good."""
    return (top(2, "softmax", BINARY), PICTURES, np.eye(2)[YES])


def embedded():
    """Word numbers, up to 200, into an Embedding."""
    stack = Embedding(256, 8), GlobalAveragePooling1D(), Dense(1, "sigmoid")
    model = net(*stack, shape=(80,), loss=BINARY)
    return (model, RANDOM.integers(0, 200, (N, 80)), YES)


def rescaled():
    """Raw pixels, scaled by the model, behind augmentation."""
    stack = (
        RandomFlip("horizontal"),
        Rescaling(1 / 255),
        Conv2D(4, 3, activation="relu"),
    )
    return (net(*stack, Flatten(), Dense(10, "softmax"), loss=SPARSE), RAW, LABELS)


def divided():
    """Raw pixels, scaled by arithmetic in the model."""
    x = Input((12, 12, 1))
    y = Dense(10, activation="softmax")(Flatten()(x / 255.0))
    model = Model(x, y)
    model.compile("adam", SPARSE)
    return (model, RAW, LABELS)


def normalised():
    """Raw pixels into BatchNormalization."""
    stack = BatchNormalization(), Flatten(), Dense(10, "softmax")
    return (net(*stack, loss=SPARSE), RAW, LABELS)


def autoencoder():
    """Pictures to a linear code and back, the pictures their own targets."""
    stack = Dense(8), Dense(64, "relu"), Dense(36, "sigmoid")
    flat_rows = PICTURES[:, :6, :6, 0].reshape(N, 36)
    return (net(*stack, shape=(36,), loss=BINARY), flat_rows, flat_rows)


def multi_label():
    """Several tags a row, each yes or no."""
    return (net(Dense(4, "sigmoid"), shape=(6,), loss=BINARY), ROWS, TAGS)


def logits():
    """No activation, and the loss knows it."""
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    return (top(10, None, loss), PICTURES, LABELS)


def binary_logits():
    """The same for yes and no."""
    loss = losses.BinaryCrossentropy(from_logits=True)
    return (net(Dense(1), shape=(6,), loss=loss), ROWS, YES)


def held_out():
    """Other rows to validate on."""
    model = top(10, "softmax", SPARSE)
    return (model, PICTURES[:30], LABELS[:30], (PICTURES[30:], LABELS[30:]))


def few_values():
    """Rows of few different numbers are equal by chance."""
    x = np.repeat(np.eye(8), 5, axis=0)
    return (net(Dense(1), shape=(8,), loss="mse"), x, x[:, :1], (x[::2], x[::2, :1]))


def activated_later():
    """Dense, normalisation, activation: the usual order."""
    stack = Dense(32), BatchNormalization(), Activation("relu"), Dense(10, "softmax")
    return (flat(*stack, loss=SPARSE), PICTURES, LABELS)


def pooled():
    """A large picture, pooled before the Dense."""
    stack = (
        Conv2D(64, 3, activation="relu"),
        GlobalAveragePooling2D(),
        Dense(100, "relu"),
    )
    return (net(*stack, shape=(330, 330, 1)),)


def deep():
    """The usual network of convolutions."""
    stack = (
        Conv2D(8, 3, activation="relu"),
        MaxPooling2D(),
        Conv2D(8, 3, activation="relu"),
        Flatten(),
        Dropout(0.5),
        Dense(10, "softmax"),
    )
    return (
        net(*stack, loss=CATEGORICAL),
        PICTURES,
        ONE_HOT,
        (PICTURES[::-1] / 2, ONE_HOT),
    )


# rule: models and data, near the case, about which it must not speak
SILENT = {
    "softmax-of-one": [two_softmax, multi_label],
    "softmax-with-binary-loss": [two_softmax, multi_label],
    "sigmoid-with-categorical-loss": [multi_label, held_out],
    "logits-taken-twice": [logits, binary_logits, held_out],
    "softmax-twice": [
        held_out,
        # Attention in the middle of a network ends with softmax too.
        lambda: (stacked(Dense(8, "softmax"), Dense(10, "softmax")), PICTURES),
        lambda: (stacked(Dense(10), Softmax()), PICTURES),
    ],
    "strong-dropout": [lambda: (stacked(Dropout(0.5), Dense(10, "softmax")), PICTURES)],
    "imbalanced-classes": [
        held_out,
        lambda: (top(10, "softmax", SPARSE), MANY, np.arange(200) // 120),
        # Too few rows to tell, all of one class, and numbers to predict.
        lambda: (top(10, "softmax", SPARSE), PICTURES, np.arange(N) // (N - 1)),
        lambda: (top(10, "softmax", SPARSE), MANY, np.zeros(200, int)),
        lambda: (top(1, None, "mse"), MANY, np.arange(200) // 195),
    ],
    "logits-taken-for-probabilities": [logits, binary_logits, held_out, autoencoder],
    "one-hot-with-sparse-loss": [held_out],
    "numbers-with-categorical-loss": [
        lambda: (top(10, "softmax", CATEGORICAL), PICTURES, ONE_HOT)
    ],
    "nothing-between-dense": [activated_later, autoencoder],
    "huge-dense": [pooled],
    "channels-first": [
        deep,
        lambda: (net(Conv2D(4, 3, data_format="channels_first"), shape=(3, 32, 32)),),
        lambda: (net(Conv2D(4, 3, padding="same"), shape=(3, 100, 32)),),
    ],
    "inputs-not-scaled": [embedded, rescaled, divided, normalised, held_out],
    "features-not-scaled": [
        lambda: (of_six(Dense(10, "softmax")), 30 * ROWS + 50),
        lambda: (of_six(BatchNormalization(), Dense(10)), ROWS + 4000),
        lambda: (of_six(Dense(10, "softmax")), np.ones((N, 6)) * 500),  # a constant
        held_out,
    ],
    "repeated-rows": [
        held_out,
        lambda: (of_six(Dense(10, "softmax")), np.tile(ROWS, (5, 1))),  # few values
        lambda: (top(10, "softmax", SPARSE), np.concatenate([PICTURES, 1 - PICTURES])),
    ],
    "slow-moving-statistics": [
        lambda: (stacked(BatchNormalization(momentum=0.9997), Dense(10)),),
    ],
    "one-unit-between": [
        lambda: (top_behind(2),),
        lambda: (net(Dense(1), Dense(6), shape=(6,), loss="mse"),),  # a code
    ],
    "labels-out-of-range": [
        held_out,
        multi_label,
        lambda: (
            top(10, "softmax", losses.SparseCategoricalCrossentropy(ignore_class=-1)),
            PICTURES,
            np.where(LABELS == 3, -1, LABELS),
        ),
    ],
    "targets-out-of-reach": [
        autoencoder,
        lambda: (top(1, "sigmoid", "mse"), PICTURES, YES),
        lambda: (top(1, "relu", "mse"), PICTURES, np.abs(20 * ROWS[:, 0])),
        lambda: (top(1, None, "mse"), PICTURES, 20 * ROWS[:, 0]),
    ],
    "class-numbers-as-quantities": [
        lambda: regression(),
        lambda: (top(1, None, "mse"), PICTURES, LABELS),  # nobody counts right answers
        lambda: (counted(Dense(1)), PICTURES, YES),
        lambda: (counted(Dense(1)), PICTURES, ROWS[:, 0]),
    ],
    "validation-scaled-differently": [
        held_out,
        lambda: regression(),
        # Too few rows to tell.
        lambda: (top(10, "softmax", SPARSE), PICTURES, LABELS, (RAW[:9], LABELS[:9])),
    ],
    "validation-is-training": [held_out, few_values],
    "learning-rate-too-high": [trained],
}


def regression():
    """Quantities from quantities."""
    stack = Dense(16, "relu"), Dense(16, "relu"), Dense(1)
    return (net(*stack, shape=(6,), loss="mse"), ROWS, ROWS.sum(1), (ROWS + 1, YES))


def table():
    """Ages and prices: whole numbers, few columns, not scaled, and that is usual."""
    x = RANDOM.integers(0, 200, (N, 13)).astype("float32")
    return (net(Dense(16, "relu"), Dense(1), shape=(13,), loss="mae"), x, x[:, 0])


def several_outputs():
    """Two inputs, two outputs, losses by name."""
    a, b = Input((6,), name="a"), Input((12, 12, 1), name="b")
    both = ops.concatenate([Dense(8, activation="relu")(a), Flatten()(b)], axis=-1)
    kind = Dense(10, activation="softmax", name="kind")(both)
    size = Dense(1, name="size")(both)
    model = Model({"a": a, "b": b}, {"kind": kind, "size": size})
    model.compile("adam", {"kind": SPARSE, "size": "mse"})
    targets = {"kind": LABELS, "size": ROWS[:, :1]}
    return (model, {"a": ROWS, "b": PICTURES}, targets)


def of_ones_own():
    """A subclassed model with a loss of one's own."""

    class Own(Model):
        def __init__(self):
            super().__init__()
            self.first, self.last = Dense(8), Dense(1)

        def call(self, x):
            return self.last(self.first(x) ** 2)

    model = Own()
    model.compile("adam", lambda y, y_hat: (y - y_hat) ** 2)
    return (model, ROWS, YES)


def not_compiled():
    """Only layers so far, without an input shape."""
    return (Sequential([Dense(8, "relu"), Dense(3, "softmax")]),)


SOUND = {
    made.__name__: made
    for made in (
        two_softmax,
        embedded,
        rescaled,
        divided,
        normalised,
        autoencoder,
        multi_label,
        logits,
        binary_logits,
        held_out,
        few_values,
        activated_later,
        pooled,
        regression,
        table,
        several_outputs,
        deep,
        of_ones_own,
        not_compiled,
        trained,
    )
}

# Arguments that are no data, or strange ones; nothing may come of them but a list.
VAGUE = {
    "text": (["a", "b"], ["c", "d"]),
    "empty": (np.zeros((0, 4)), np.zeros((0, 2))),
    "nan": (np.full((4, 4), np.nan), np.full((4, 2), np.nan)),
    "a number": (3, 4),
    "objects": (np.array([{}, []], dtype=object), None),
    "scalars": (np.float32(2), np.float32(3)),
    "rows that differ": (np.zeros((4, 4)), np.zeros((3, 2))),
    "other shapes to validate on": (
        np.zeros((4, 4)),
        np.zeros((4, 2)),
        (np.zeros(3), 0),
    ),
    "a dict": ({"x": np.zeros((4, 4))}, {"y": np.zeros((4, 2))}),
    "lists": ([[1.0, 2, 3, 4]], [[0, 1]]),
    "complex": (np.zeros((4, 4), complex), np.zeros((4, 2), complex)),
}
