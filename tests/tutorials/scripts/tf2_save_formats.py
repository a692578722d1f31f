"""tf.keras (2022): one model through .h5, .keras and weights files."""

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
x = rng.normal(size=(200, 4)).astype("float32")
y = (x[:, :1] > 0).astype("float32")


def create_model():
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Dense(8, activation="relu", input_shape=(4,)),
            tf.keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(tf.keras.optimizers.Adam(0.02), "binary_crossentropy", ["accuracy"])
    return model


model = create_model()
model.fit(x, y, epochs=30, verbose=0)
expected = model.predict(x, verbose=0)
model.save("model.h5")
model.save("model.keras")
model.save_weights("weights.weights.h5")
for path in ("model.h5", "model.keras"):
    again = tf.keras.models.load_model(path)
    np.testing.assert_allclose(again.predict(x, verbose=0), expected, atol=1e-5)
fresh = create_model()
fresh.load_weights("weights.weights.h5")
np.testing.assert_allclose(fresh.predict(x, verbose=0), expected, atol=1e-5)
score = fresh.evaluate(x, y, verbose=0)[1]
