"""LoRA by hand, enable_lora, seeds and a ddpm-like denoiser of Keras 3 (2024-2026)."""

import keras
import numpy as np
from keras import layers, ops, random

keras.utils.set_random_seed(3)


class LoraLayer(keras.layers.Layer):
    def __init__(self, original_layer, rank=4, alpha=8, trainable=False, **kwargs):
        original_layer_config = original_layer.get_config()
        name = original_layer_config["name"]
        kwargs.pop("name", None)
        super().__init__(name=name, trainable=trainable, **kwargs)
        self.rank = rank
        self._scale = alpha / rank
        self.original_layer = original_layer
        self.original_layer.trainable = False
        self.A = keras.layers.Dense(
            units=rank,
            use_bias=False,
            kernel_initializer=keras.initializers.VarianceScaling(
                scale=np.sqrt(5), mode="fan_in", distribution="uniform"
            ),
            name="lora_A",
        )
        self.B = keras.layers.Dense(
            units=original_layer_config["units"],
            use_bias=False,
            kernel_initializer="zeros",
            name="lora_B",
        )

    def call(self, inputs):
        original_output = self.original_layer(inputs)
        lora_output = self.B(self.A(inputs)) * self._scale
        return original_output + lora_output


rng = np.random.default_rng(0)
x = rng.normal(size=(600, 8)).astype("float32")
y1 = (x[:, 0] + x[:, 1] > 0).astype("int32")
y2 = (x[:, 0] - x[:, 1] > 0).astype("int32")
inputs = keras.Input((8,))
h = layers.Dense(16, activation="relu", name="hidden")(inputs)
model = keras.Model(inputs, layers.Dense(2, name="head")(h))
model.compile(
    "adam",
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(x, y1, epochs=8, verbose=0)
inputs2 = keras.Input((8,))
lora = LoraLayer(layers.Dense(16, activation=None, name="pre"), rank=2, trainable=True)
z = lora(inputs2)
lora.original_layer.set_weights(model.get_layer("hidden").get_weights())
out2 = layers.Dense(2)(layers.ReLU()(z))
tuned = keras.Model(inputs2, out2)
n_trainable = sum(ops.size(w) for w in tuned.trainable_weights)
print("trainable", int(n_trainable), [w.path for w in tuned.trainable_weights])
tuned.compile(
    keras.optimizers.Adam(0.01),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
tuned.fit(x, y2, epochs=12, verbose=0)
a = tuned.evaluate(x, y2, verbose=0, return_dict=True)["accuracy"]
model.get_layer("hidden").enable_lora(2)
print(len(model.trainable_variables), len(model.non_trainable_variables))
model.compile(
    keras.optimizers.Adam(0.01),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(x, y2, epochs=12, verbose=0)
b = model.evaluate(x, y2, verbose=0, return_dict=True)["accuracy"]


class Denoiser(keras.Model):
    def __init__(self):
        super().__init__()
        self.net = keras.Sequential(
            [layers.Dense(32, "swish"), layers.Dense(32, "swish"), layers.Dense(2)]
        )
        self.seed_generator = keras.random.SeedGenerator(9)
        self.loss_tracker = keras.metrics.Mean(name="n_loss")

    @property
    def metrics(self):
        return [self.loss_tracker]

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        noise = random.normal(ops.shape(x), seed=self.seed_generator)
        times = random.uniform((ops.shape(x)[0], 1), seed=self.seed_generator)
        signal, sigma = ops.cos(times * np.pi / 2), ops.sin(times * np.pi / 2)
        noisy = signal * x + sigma * noise
        pred = self.net(ops.concatenate([noisy, times], axis=-1))
        loss = ops.mean(ops.square(pred - noise))
        self.loss_tracker.update_state(loss)
        return loss

    def call(self, x):
        return self.net(ops.concatenate([x, ops.zeros((ops.shape(x)[0], 1))], axis=-1))


points = np.stack([np.cos(t := rng.uniform(0, 6.28, 512)), np.sin(t)], 1).astype(
    "float32"
)
d = Denoiser()
d.compile(optimizer=keras.optimizers.AdamW(learning_rate=0.005, weight_decay=1e-4))
h = d.fit(points, epochs=30, batch_size=64, verbose=0)
print(h.history["n_loss"][0], h.history["n_loss"][-1])
score = float(min(a, b) if h.history["n_loss"][-1] < 0.75 else 0.0)
print(a, b, score)
