"""A right solution of every exercise, for the teacher's version of the course.

Each is the body of a cell `%%exercise NAME`, after `SETUP` has run once.
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

SOLUTIONS = {
    "first_network": """
model = network((2,), layers.Dense(12, "tanh"), layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", rate=0.05, epochs=40)
""",
    "distance_by_hand": """
model = network((1,), layers.Dense(2, "relu"), layers.Dense(1))
model.set_weights([[[1, -1]], [-c, c], [[1], [1]], [0]])
""",
    "forward_pass": """
def forward(x, w1, b1, w2, b2):
    scores = np.maximum(x @ w1 + b1, 0) @ w2 + b2
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
""",
    "stop_in_time": """
model = network((10,), layers.Dense(64, "relu"), layers.Dense(1, "sigmoid"))
history = train(
    model,
    x,
    y,
    "binary_crossentropy",
    rate=0.003,
    epochs=60,
    validation_data=(x_val, y_val),
    callbacks=[EarlyStopping(patience=8, restore_best_weights=True)],
)
""",
    "read_the_curves": """
def diagnose(loss, val_loss):
    if not np.isfinite(loss).all() or loss[-1] > loss[0]:
        return 3
    if val_loss[-5:].mean() > 1.1 * val_loss.min():
        return 2
    return 0 if loss[-5:].mean() < 0.93 * loss[-15:-10].mean() else 1
""",
    "under_budget": """
model = network(
    (14, 14, 1),
    layers.Conv2D(10, 3, strides=2, activation="relu"),
    layers.Conv2D(10, 3, strides=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(10, "softmax"),
)
train(model, x, y, "sparse_categorical_crossentropy", rate=0.01, epochs=8)
""",
    "picture_and_number": """
seen, given = nbkeras.Input((14, 14, 1)), nbkeras.Input((1,))
digit = layers.Dense(32, "relu")(layers.Flatten()(seen))
both = layers.Concatenate()([digit, layers.Rescaling(0.25, -1)(given)])
answer = layers.Dense(1, "sigmoid")(layers.Dense(32, "relu")(both))
model = nbkeras.Model([seen, given], answer)
train(model, [picture, number], y, "binary_crossentropy", rate=0.01, epochs=25)
""",
    "fastest_rate": """
def rate(x, y):
    return 0.97 * 2 / np.linalg.eigvalsh(2 * x.T @ x / len(x)).max()
""",
    "momentum_in_a_valley": """
def settings(curvatures):
    low, high = np.sqrt(curvatures.min()), np.sqrt(curvatures.max())
    return 4 / (low + high) ** 2, ((high - low) / (high + low)) ** 2
""",
    "raw_columns": """
normalize = layers.Normalization()
normalize.adapt(x)
model = network((3,), normalize, layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", rate=0.05, epochs=10)
""",
    "find_wrong_labels": """
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
    "leaky_column": """
means = [x[y == label].mean(axis=0) / x.std(axis=0) for label in (0, 1)]
leak = np.argmax(np.abs(means[0] - means[1]))
x[:, leak] = np.random.default_rng(0).permutation(x[:, leak])
model = network((6,), layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", rate=0.05, epochs=15)
""",
    "no_person_twice": """
def validation_rows(person):
    chosen = np.zeros(len(person), bool)
    for one in np.unique(person):
        if chosen.mean() < 0.16:
            chosen |= person == one
    return np.flatnonzero(chosen)
""",
    "backprop_by_hand": """
def gradients(x, y, w1, b1, w2, b2):
    before = x @ w1 + b1
    hidden = np.maximum(before, 0)
    error = 2 * (hidden @ w2 + b2 - y) / len(x)
    back = (error @ w2.T) * (before > 0)
    return x.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)
""",
    "deep_and_alive": """
start = nbkeras.Input((2,))
signal = layers.Dense(8)(start)
for _ in range(18):
    signal = layers.Add()([signal, layers.Dense(8, "tanh")(signal)])
model = nbkeras.Model(start, layers.Dense(1, "sigmoid")(signal))
train(model, x, y, "binary_crossentropy", rate=0.003, epochs=40)
""",
    "dead_units": """
def dead_units(x, kernel, bias):
    return np.flatnonzero((x @ kernel + bias <= 0).all(axis=0))
""",
    "copy_the_filter": """
model = network((14, 14, 1), layers.Conv2D(1, 3))
train(model, x, y, "mse", rate=0.05, epochs=30, batch_size=20)
""",
    "window_of_pixels": """
stack = [layers.Conv2D(3, 3, activation="relu") for _ in range((size - 1) // 2)]
model = network((32, 32, 1), *stack)
""",
    "anywhere": """
model = network(
    (16, 16, 1),
    layers.Conv2D(8, 5, activation="relu"),
    layers.GlobalMaxPooling2D(),
    layers.Dense(1, "sigmoid"),
)
train(model, x, y, "binary_crossentropy", rate=0.02, epochs=20)
""",
    "robust_loss": """
model = network((1,), layers.Dense(16, "tanh"), layers.Dense(1))
train(model, x, y, "mae", rate=0.02, epochs=100, batch_size=50)
""",
    "adam_by_hand": """
def adam(w, m, v, gradient, step):
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient**2
    corrected, spread = m / (1 - 0.9**step), v / (1 - 0.999**step)
    return w - 0.01 * corrected / (np.sqrt(spread) + 1e-7), m, v
""",
    "nine_in_ten": """
from nbkeras import ops


def late_costs_more(y_true, y_pred):
    error = y_true - y_pred
    return ops.mean(ops.maximum(0.9 * error, -0.1 * error), axis=-1)


model = network((1,), layers.Dense(16, "tanh"), layers.Dense(1))
train(model, x, y, late_costs_more, rate=0.01, epochs=80, batch_size=50)
""",
    "shifted_digits": """
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
    "which_flip": """
model = network(
    (12, 12, 1),
    layers.RandomFlip("vertical"),
    layers.Flatten(),
    layers.Dense(32, "relu"),
    layers.Dense(1, "sigmoid"),
)
train(model, x, y, "binary_crossentropy", rate=0.005, epochs=80)
""",
    "rare_class": """
model = network((5,), layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", rate=0.03, epochs=12)
chances = model.predict(x, verbose=0)[:, 0]
threshold = np.quantile(chances[y == 1], 0.13)
""",
    "too_sure": """
def temperature(scores, labels):
    def loss(t):
        cooled = scores / t
        cooled = cooled - cooled.max(axis=1, keepdims=True)
        total = np.log(np.exp(cooled).sum(axis=1))
        return (total - cooled[np.arange(len(labels)), labels]).mean()

    candidates = np.linspace(1, 6, 101)
    return candidates[np.argmin([loss(t) for t in candidates])]
""",
    "when_in_doubt": """
model = network(
    (14, 14, 1),
    layers.Conv2D(12, 3, strides=2, activation="relu"),
    layers.Flatten(),
    layers.Dropout(0.5),
    layers.Dense(10, "softmax"),
)
train(model, x[300:], y[300:], "sparse_categorical_crossentropy", rate=0.005, epochs=20)
sure = model.predict(x[:300], verbose=0).max(axis=1)
threshold = np.quantile(sure, 0.27)
""",
    "unseen_change": """
def fool(x, y, kernel, bias):
    scores, rows = x @ kernel + bias, np.arange(len(x))
    scores[rows, y] = -np.inf
    towards = kernel.T[scores.argmax(axis=1)] - kernel.T[y]
    return x + 0.15 * np.sign(towards)
""",
    "overfit_and_cure": """
overfit = network((20,), layers.Dense(64, "relu"), layers.Dense(1, "sigmoid"))
train(overfit, x, y, "binary_crossentropy", epochs=80)
cured = network(
    (20,),
    layers.Dense(64, "relu", kernel_regularizer=nbkeras.regularizers.L2(0.05)),
    layers.Dense(1, "sigmoid", kernel_regularizer=nbkeras.regularizers.L2(0.05)),
)
train(cured, x, y, "binary_crossentropy", epochs=80)
""",
    "few_columns": """
model = network(
    (40,), layers.Dense(1, kernel_regularizer=nbkeras.regularizers.L1(0.2))
)
train(model, x, y, "mse", rate=0.03, epochs=60)
train(model, x, y, "mse", rate=0.003, epochs=30)
""",
    "frozen_base": """
base.trainable = False
model = network((14, 14, 1), base, layers.Dense(5, "softmax"))
train(model, x, y, "sparse_categorical_crossentropy", rate=0.03, epochs=60)
""",
    "learn_from_a_teacher": """
model = network(
    (14, 14, 1),
    layers.Conv2D(10, 3, strides=2, activation="relu"),
    layers.Conv2D(10, 3, strides=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(10),
)
train(model, x, teacher.predict(x, verbose=0), "mse", rate=0.01, epochs=25)
""",
    "which_came_first": """
model = network(
    (10,), layers.Embedding(12, 8), layers.GRU(16), layers.Dense(1, "sigmoid")
)
train(model, x, y, "binary_crossentropy", rate=0.02, epochs=15)
""",
    "attention_by_hand": """
def attention(query, key, value):
    scores = query @ key.T / 2
    scores[np.tri(len(query)) == 0] = -np.inf
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True) @ value
""",
    "better_than_yesterday": """
model = network(
    (14,),
    layers.Rescaling(0.02, -2.0),
    layers.Dense(1),
    layers.Rescaling(50, 100),
)
train(model, x, y, "mae", rate=0.01, epochs=100)
""",
    "all_together": """
model = network(
    (14, 14, 1),
    layers.RandomTranslation(0.08, 0.08, fill_mode="constant"),
    layers.Conv2D(16, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(10, "softmax"),
)
train(model, x, y, "sparse_categorical_crossentropy", rate=0.01, epochs=10)
train(model, x, y, "sparse_categorical_crossentropy", rate=0.002, epochs=4)
""",
}
