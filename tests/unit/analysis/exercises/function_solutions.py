"""Wrong and lazy solutions of the exercises that ask for a function."""

SOLUTIONS = {
    "forward_pass": {
        "wrong": """
def forward(x, w1, b1, w2, b2):
    with np.errstate(all="ignore"):
        powers = np.exp(np.maximum(x @ w1 + b1, 0) @ w2 + b2)
        return powers / powers.sum(axis=1, keepdims=True)
""",
        "lazy": """
def forward(x, w1, b1, w2, b2):
    return np.full((len(x), 3), 1 / 3)
""",
    },
    "read_the_curves": {
        "wrong": """
def diagnose(loss, val_loss):
    if not np.isfinite(loss).all() or loss[-1] > loss[0]:
        return 3
    return 0 if loss[-5:].mean() < 0.93 * loss[-15:-10].mean() else 1
""",
        "lazy": """
def diagnose(loss, val_loss):
    return 0
""",
    },
    "fastest_rate": {
        "wrong": """
def rate(x, y):
    return 2 * 2 / np.linalg.eigvalsh(2 * x.T @ x / len(x)).max()
""",
        "lazy": """
def rate(x, y):
    return 0.0001
""",
    },
    "momentum_in_a_valley": {
        "wrong": """
def settings(curvatures):
    return 2 / (curvatures.min() + curvatures.max()), 0.0
""",
        "lazy": """
def settings(curvatures):
    return 0.01, 0.9
""",
    },
    "find_wrong_labels": {
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
    },
    "no_person_twice": {
        "wrong": """
def validation_rows(person):
    return np.random.default_rng(0).permutation(len(person))[: len(person) // 5]
""",
        "lazy": """
def validation_rows(person):
    return []
""",
    },
    "backprop_by_hand": {
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
    },
    "dead_units": {
        "wrong": """
def dead_units(x, kernel, bias):
    return np.flatnonzero((x @ kernel + bias).mean(axis=0) < 0)
""",
        "lazy": """
def dead_units(x, kernel, bias):
    return []
""",
    },
    "adam_by_hand": {
        "wrong": """
def adam(w, m, v, gradient, step):
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient**2
    return w - 0.01 * m / (np.sqrt(v) + 1e-7), m, v
""",
        "lazy": """
def adam(w, m, v, gradient, step):
    return w - 0.01 * gradient, m, v
""",
    },
    "too_sure": {
        "wrong": """
def temperature(scores, labels):
    return scores.std()
""",
        "lazy": """
def temperature(scores, labels):
    return 1
""",
    },
    "unseen_change": {
        "wrong": """
def fool(x, y, kernel, bias):
    return x + 0.15 * np.random.default_rng(0).choice([-1, 1], x.shape)
""",
        "lazy": """
def fool(x, y, kernel, bias):
    return x
""",
    },
    "attention_by_hand": {
        "wrong": """
def attention(query, key, value):
    scores = query @ key.T / 2
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = powers / powers.sum(axis=1, keepdims=True) * np.tri(len(query))
    return weights @ value
""",
        "lazy": """
def attention(query, key, value):
    return np.cumsum(value, axis=0) / np.arange(1, len(value) + 1)[:, None]
""",
    },
}
