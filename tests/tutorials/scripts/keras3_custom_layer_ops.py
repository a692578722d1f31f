"""Keras 3 (2024): layers with keras.ops, add_weight, get_config and from_config."""

import keras
import numpy as np
from keras import ops

keras.utils.set_random_seed(812)


@keras.saving.register_keras_serializable(package="tutorial")
class Linear(keras.layers.Layer):
    def __init__(self, units=32, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(
            shape=(input_shape[-1], self.units), initializer="random_normal"
        )
        self.b = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        return ops.matmul(inputs, self.w) + self.b

    def get_config(self):
        return {**super().get_config(), "units": self.units}


rng = np.random.default_rng(0)
x = rng.normal(size=(300, 4)).astype("float32")
y = (x[:, 0] * x[:, 1] > 0).astype("int32")
model = keras.Sequential(
    [keras.Input((4,)), Linear(32), keras.layers.ReLU(), Linear(16)]
)
model.add(keras.layers.ReLU())
model.add(Linear(2))
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=1e-2),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc")],
)
model.fit(x, y, epochs=60, batch_size=30, verbose=0)
model.save("linear.keras")
score = keras.saving.load_model("linear.keras").evaluate(x, y, verbose=0)[1]
