"""Wrong and lazy solutions of the exercises that ask for a model."""

SOLUTIONS = {
    "first_network": {
        "wrong": """
model = network((2,), layers.Dense(12), layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", rate=0.05, epochs=5)
""",
        "lazy": """
model = network((2,), layers.Dense(1, "sigmoid"))
""",
    },
    "distance_by_hand": {
        "wrong": """
model = network((1,), layers.Dense(2, "relu"), layers.Dense(1))
model.set_weights([[[1, 1]], [-c, -c], [[1], [1]], [0]])
""",
        "lazy": """
model = network((1,), layers.Dense(2, "relu"), layers.Dense(1))
""",
    },
    "stop_in_time": {
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
    },
    "under_budget": {
        "wrong": """
model = network((14, 14, 1), layers.Flatten(), layers.Dense(10, "softmax"))
train(model, x, y, "sparse_categorical_crossentropy", epochs=3)
""",
        "lazy": """
model = network((14, 14, 1), layers.GlobalAveragePooling2D(), layers.Dense(10, "softmax"))
""",
    },
    "picture_and_number": {
        "wrong": """
seen, given = nbkeras.Input((14, 14, 1)), nbkeras.Input((1,))
both = layers.Concatenate()([layers.GlobalAveragePooling2D()(seen), given])
answer = layers.Dense(1, "sigmoid")(layers.Dense(32, "relu")(both))
model = nbkeras.Model([seen, given], answer)
train(model, [picture, number], y, "binary_crossentropy", rate=0.005, epochs=5)
""",
        "lazy": """
seen, given = nbkeras.Input((14, 14, 1)), nbkeras.Input((1,))
both = layers.Concatenate()([layers.GlobalAveragePooling2D()(seen), given])
model = nbkeras.Model([seen, given], layers.Dense(1, "sigmoid")(both))
""",
    },
    "raw_columns": {
        "wrong": """
scaled = (x - x.mean(axis=0)) / x.std(axis=0)
model = network((3,), layers.Dense(1, "sigmoid"))
train(model, scaled, y, "binary_crossentropy", rate=0.05, epochs=10)
""",
        "lazy": """
model = network((3,), layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", epochs=1)
""",
    },
    "leaky_column": {
        "wrong": """
model = network((6,), layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", rate=0.05, epochs=15)
""",
        "lazy": """
model = network((6,), layers.Dense(1, "sigmoid"))
""",
    },
    "deep_and_alive": {
        "wrong": """
stack = [layers.Dense(8, "sigmoid") for _ in range(19)]
model = network((2,), *stack, layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", rate=0.003, epochs=10)
""",
        "lazy": """
model = network((2,), layers.Dense(8, "tanh"), layers.Dense(1, "sigmoid"))
""",
    },
    "copy_the_filter": {
        "wrong": """
model = network((14, 14, 1), layers.Conv2D(1, 3, activation="relu"))
train(model, x, y, "mse", rate=0.05, epochs=10, batch_size=20)
""",
        "lazy": """
model = network((14, 14, 1), layers.Conv2D(1, 3))
""",
    },
    "window_of_pixels": {
        "wrong": """
stack = [layers.Conv2D(3, 3, activation="relu") for _ in range(size // 3)]
model = network((32, 32, 1), *stack)
""",
        "lazy": """
model = network((32, 32, 1), layers.Conv2D(1, 3))
""",
    },
    "anywhere": {
        "wrong": """
model = network(
    (16, 16, 1),
    layers.Flatten(),
    layers.Dense(32, "relu"),
    layers.Dense(1, "sigmoid"),
)
train(model, x, y, "binary_crossentropy", rate=0.01, epochs=10)
""",
        "lazy": """
model = network((16, 16, 1), layers.Flatten(), layers.Dense(1, "sigmoid"))
""",
    },
    "robust_loss": {
        "wrong": """
model = network((1,), layers.Dense(16, "tanh"), layers.Dense(1))
train(model, x, y, "mse", rate=0.03, epochs=30)
""",
        "lazy": """
model = network((1,), layers.Dense(1))
""",
    },
    "nine_in_ten": {
        "wrong": """
model = network((1,), layers.Dense(16, "tanh"), layers.Dense(1))
train(model, x, y, "mse", rate=0.01, epochs=20, batch_size=50)
""",
        "lazy": """
model = network((1,), layers.Dense(1, kernel_initializer="zeros"))
model.layers[-1].set_weights([[[0]], [np.quantile(y, 0.9)]])
""",
    },
    "shifted_digits": {
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
    },
    "which_flip": {
        "wrong": """
model = network(
    (12, 12, 1),
    layers.RandomFlip("horizontal_and_vertical"),
    layers.Flatten(),
    layers.Dense(32, "relu"),
    layers.Dense(1, "sigmoid"),
)
train(model, x, y, "binary_crossentropy", rate=0.005, epochs=20)
""",
        "lazy": """
model = network((12, 12, 1), layers.Flatten(), layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", epochs=20)
""",
    },
    "rare_class": {
        "wrong": """
model = network((5,), layers.Dense(1, "sigmoid"))
train(model, x, y, "binary_crossentropy", rate=0.03, epochs=12)
threshold = 0.5
""",
        "lazy": """
model = network((5,), layers.Dense(1, "sigmoid"))
threshold = 0
""",
    },
    "when_in_doubt": {
        "wrong": """
model = network((14, 14, 1), layers.Flatten(), layers.Dense(10, "softmax"))
train(model, x, y, "sparse_categorical_crossentropy", epochs=10)
threshold = 0.2
""",
        "lazy": """
model = network((14, 14, 1), layers.Flatten(), layers.Dense(10, "softmax"))
threshold = 1
""",
    },
    "overfit_and_cure": {
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
    },
    "few_columns": {
        "wrong": """
model = network(
    (40,), layers.Dense(1, kernel_regularizer=nbkeras.regularizers.L2(0.01))
)
train(model, x, y, "mse", rate=0.03, epochs=60)
""",
        "lazy": """
model = network((40,), layers.Dense(1, kernel_initializer="zeros"))
""",
    },
    "frozen_base": {
        "wrong": """
model = network((14, 14, 1), base, layers.Dense(5, "softmax"))
train(model, x, y, "sparse_categorical_crossentropy", epochs=30)
""",
        "lazy": """
base.trainable = False
model = network((14, 14, 1), base, layers.Dense(5, "softmax"))
""",
    },
    "learn_from_a_teacher": {
        "wrong": """
model = network(
    (14, 14, 1),
    layers.AveragePooling2D(7),
    layers.Flatten(),
    layers.Dense(10, "softmax"),
)
decided = teacher.predict(x, verbose=0).argmax(axis=1)
train(model, x, decided, "sparse_categorical_crossentropy", epochs=10)
""",
        "lazy": """
model = teacher
""",
    },
    "which_came_first": {
        "wrong": """
model = network(
    (10,), layers.Embedding(12, 8), layers.GlobalAveragePooling1D(), layers.Dense(1, "sigmoid")
)
train(model, x, y, "binary_crossentropy", rate=0.02, epochs=5)
""",
        "lazy": """
model = network((10,), layers.Embedding(12, 8), layers.Flatten(), layers.Dense(1, "sigmoid"))
""",
    },
    "better_than_yesterday": {
        "wrong": """
model = network((14,), layers.Dense(16, "tanh"), layers.Dense(1))
train(model, x, y, "mae", rate=0.01, epochs=20)
""",
        "lazy": """
model = network((14,), layers.Dense(1))
model.set_weights([np.eye(14)[:, -1:], [0]])
""",
    },
    "all_together": {
        "wrong": """
model = network(
    (14, 14, 1), layers.Flatten(), layers.Dense(64, "relu"), layers.Dense(10, "softmax")
)
train(model, x, y, "sparse_categorical_crossentropy", rate=0.005, epochs=15)
""",
        "lazy": """
model = network((14, 14, 1), layers.Flatten(), layers.Dense(10, "softmax"))
""",
    },
}
