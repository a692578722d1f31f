"""For each exercise of the course a right, a wrong and a lazy solution, as cells.

A right one reaches every goal. A wrong one makes the mistake that the exercise is about.
A lazy one hands in something that was not trained, or was not thought about.
"""

SETUP = """
import numpy as np
import nbkeras
from nbkeras import layers
from nbkeras.callbacks import EarlyStopping
from nbkeras.optimizers import SGD, Adam


def network(shape, *stack):
    return nbkeras.Sequential([nbkeras.Input(shape), *stack])


def train(model, x, y, loss, rate=0.01, epochs=10, batch_size=32, **options):
    model.compile(Adam(rate), loss)
    return model.fit(
        x, y, epochs=epochs, batch_size=batch_size, verbose=0, **options
    )
"""

FIRST_NETWORK = {
    "right": """
model = network((2,), layers.Dense(12, "tanh"), layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", rate=0.05, epochs=40)
""",
    "wrong": """
model = network((2,), layers.Dense(12), layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", rate=0.05, epochs=5)
""",
    "lazy": """
model = network((2,), layers.Dense(1, "sigmoid"))
""",
}

FASTEST_RATE = {
    "right": """
def rate(x, y):
    return 0.97 * 2 / np.linalg.eigvalsh(2 * x.T @ x / len(x)).max()
""",
    "wrong": """
def rate(x, y):
    return 2 * 2 / np.linalg.eigvalsh(2 * x.T @ x / len(x)).max()
""",
    "lazy": """
def rate(x, y):
    return 0.0001
""",
}

BACKPROP_BY_HAND = {
    "right": """
def gradients(x, y, w1, b1, w2, b2):
    before = x @ w1 + b1
    hidden = np.maximum(before, 0)
    error = 2 * (hidden @ w2 + b2 - y) / len(x)
    back = (error @ w2.T) * (before > 0)
    return x.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)
""",
    "wrong": """
def gradients(x, y, w1, b1, w2, b2):
    hidden = np.maximum(x @ w1 + b1, 0)
    error = 2 * (hidden @ w2 + b2 - y) / len(x)
    back = error @ w2.T
    return x.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)
""",
    "lazy": """
def gradients(x, y, w1, b1, w2, b2):
    return [np.zeros_like(w) for w in (w1, b1, w2, b2)]
""",
}

UNDER_BUDGET = {
    "right": """
model = network(
    (14, 14, 1),
    layers.Conv2D(10, 3, strides=2, activation="relu"),
    layers.Conv2D(10, 3, strides=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(10, "softmax"),
)
train(model, x, y, "sparse_categorical_crossentropy", rate=0.01, epochs=8)
""",
    "wrong": """
model = network((14, 14, 1), layers.Flatten(), layers.Dense(10, "softmax"))
train(model, x, y, "sparse_categorical_crossentropy", epochs=3)
""",
    "lazy": """
model = network((14, 14, 1), layers.GlobalAveragePooling2D(), layers.Dense(10, "softmax"))
""",
}

ROBUST_LOSS = {
    "right": """
model = network((1,), layers.Dense(16, "tanh"), layers.Dense(1))
train(model, x, y, "mae", rate=0.02, epochs=100, batch_size=50)
""",
    "wrong": """
model = network((1,), layers.Dense(16, "tanh"), layers.Dense(1))
train(model, x, y, "mse", rate=0.03, epochs=30)
""",
    "lazy": """
model = network((1,), layers.Dense(1))
""",
}

RAW_COLUMNS = {
    "right": """
normalize = layers.Normalization()
normalize.adapt(x)
model = network((3,), normalize, layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", rate=0.05, epochs=10)
""",
    "wrong": """
scaled = (x - x.mean(axis=0)) / x.std(axis=0)
model = network((3,), layers.Dense(1, "sigmoid"))
train(model, scaled, y, "binary_crossentropy", rate=0.05, epochs=10)
""",
    "lazy": """
model = network((3,), layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", epochs=1)
""",
}

FIND_WRONG_LABELS = {
    "right": """
def suspects(x, y):
    import nbkeras
    from nbkeras.layers import Dense, Flatten

    surprise = np.zeros(len(x))
    halves = np.arange(len(x)) % 2 == 0
    model = nbkeras.Sequential(
        [nbkeras.Input((14, 14, 1)), Flatten(), Dense(10, "softmax")]
    )
    model.compile(nbkeras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    start = model.get_weights()
    for held_out in (halves, ~halves):
        model.set_weights(start)
        model.fit(x[~held_out], y[~held_out], epochs=20, verbose=0)
        chances = model.predict(x[held_out], verbose=0)
        chosen = chances[np.arange(held_out.sum()), y[held_out]]
        surprise[held_out] = -np.log(chosen + 1e-9)
    return np.argsort(-surprise)[:50]
""",
    "wrong": """
def suspects(x, y):
    model = network(
        (14, 14, 1),
        layers.Flatten(),
        layers.Dense(64, "relu"),
        layers.Dense(10, "softmax"),
    )
    train(model, x, y, "sparse_categorical_crossentropy", epochs=60)
    return np.flatnonzero(model.predict(x, verbose=0).argmax(axis=1) != y)
""",
    "lazy": """
def suspects(x, y):
    return np.arange(len(x))
""",
}

SHIFTED_DIGITS = {
    "right": """
model = network(
    (14, 14, 1),
    layers.RandomTranslation(0.22, 0.22, fill_mode="constant"),
    layers.Conv2D(16, 3, strides=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(32, "relu"),
    layers.Dense(10, "softmax"),
)
train(model, x, y, "sparse_categorical_crossentropy", rate=0.005, epochs=30)
""",
    "wrong": """
model = network(
    (14, 14, 1),
    layers.Conv2D(16, 3, strides=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(32, "relu"),
    layers.Dense(10, "softmax"),
)
train(model, x, y, "sparse_categorical_crossentropy", rate=0.005, epochs=10)
""",
    "lazy": """
model = network((14, 14, 1), layers.Flatten(), layers.Dense(10, "softmax"))
""",
}

STOP_IN_TIME = {
    "right": """
model = network((10,), layers.Dense(64, "relu"), layers.Dense(1, "sigmoid"))
history = train(
    model, x, y, "binary_crossentropy", rate=0.003, epochs=60, validation_data=(x_val, y_val),
    callbacks=[EarlyStopping(patience=8, restore_best_weights=True)],
)
""",
    "wrong": """
model = network((10,), layers.Dense(64, "relu"), layers.Dense(1, "sigmoid"))
history = train(
    model, x, y, "binary_crossentropy", epochs=40, validation_data=(x_val, y_val)
)
""",
    "lazy": """
model = network((10,), layers.Dense(1, "sigmoid"))
history = train(
    model, x, y, "binary_crossentropy", epochs=1, validation_data=(x_val, y_val)
)
""",
}

RARE_CLASS = {
    "right": """
model = network((5,), layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", rate=0.03, epochs=12)
chances = model.predict(x, verbose=0)[:, 0]
threshold = np.quantile(chances[y == 1], 0.13)
""",
    "wrong": """
model = network((5,), layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", rate=0.03, epochs=12)
threshold = 0.5
""",
    "lazy": """
model = network((5,), layers.Dense(1, "sigmoid"))
threshold = 0
""",
}

COPY_THE_FILTER = {
    "right": """
model = network((14, 14, 1), layers.Conv2D(1, 3))
train(model, x, y, "mse", rate=0.05, epochs=30, batch_size=20)
""",
    "wrong": """
model = network((14, 14, 1), layers.Conv2D(1, 3, activation="relu"))
train(model, x, y, "mse", rate=0.05, epochs=10, batch_size=20)
""",
    "lazy": """
model = network((14, 14, 1), layers.Conv2D(1, 3))
""",
}

OVERFIT_AND_CURE = {
    "right": """
overfit = network((20,), layers.Dense(64, "relu"), layers.Dense(1, "sigmoid"))
train(overfit, x, y, "binary_crossentropy", epochs=80)
cured = network(
    (20,),
    layers.Dense(64, "relu", kernel_regularizer=nbkeras.regularizers.L2(0.05)),
    layers.Dense(1, "sigmoid", kernel_regularizer=nbkeras.regularizers.L2(0.05)),
)
train(cured, x, y, "binary_crossentropy", epochs=80)
""",
    "wrong": """
overfit = network((20,), layers.Dense(64, "relu"), layers.Dense(1, "sigmoid"))
train(overfit, x, y, "binary_crossentropy", epochs=80)
cured = network((20,), layers.Dense(1, "sigmoid"))
train(cured, x, y, "binary_crossentropy", epochs=20)
""",
    "lazy": """
overfit = network((20,), layers.Dense(64, "relu"), layers.Dense(1, "sigmoid"))
train(overfit, x, y, "binary_crossentropy", epochs=80)
cured = overfit
""",
}

FROZEN_BASE = {
    "right": """
base.trainable = False
model = network((14, 14, 1), base, layers.Dense(5, "softmax"))
train(model, x, y, "sparse_categorical_crossentropy", rate=0.03, epochs=60)
""",
    "wrong": """
model = network((14, 14, 1), base, layers.Dense(5, "softmax"))
train(model, x, y, "sparse_categorical_crossentropy", epochs=30)
""",
    "lazy": """
base.trainable = False
model = network((14, 14, 1), base, layers.Dense(5, "softmax"))
""",
}

WHICH_CAME_FIRST = {
    "right": """
model = network((10,), layers.Embedding(12, 8), layers.GRU(16), layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", rate=0.02, epochs=15)
""",
    "wrong": """
model = network(
    (10,), layers.Embedding(12, 8), layers.GlobalAveragePooling1D(), layers.Dense(1, "sigmoid")
)
train(model, x, y, "binary_crossentropy", rate=0.02, epochs=5)
""",
    "lazy": """
model = network((10,), layers.Embedding(12, 8), layers.Flatten(), layers.Dense(1, "sigmoid"))
""",
}

SOLUTIONS = {
    "first_network": FIRST_NETWORK,
    "fastest_rate": FASTEST_RATE,
    "backprop_by_hand": BACKPROP_BY_HAND,
    "under_budget": UNDER_BUDGET,
    "robust_loss": ROBUST_LOSS,
    "raw_columns": RAW_COLUMNS,
    "find_wrong_labels": FIND_WRONG_LABELS,
    "shifted_digits": SHIFTED_DIGITS,
    "stop_in_time": STOP_IN_TIME,
    "rare_class": RARE_CLASS,
    "copy_the_filter": COPY_THE_FILTER,
    "overfit_and_cure": OVERFIT_AND_CURE,
    "frozen_base": FROZEN_BASE,
    "which_came_first": WHICH_CAME_FIRST,
}
