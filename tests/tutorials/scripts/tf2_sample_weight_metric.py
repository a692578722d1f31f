"""tf.keras (2022): sample_weight silences wrong labels; a metric class of one's own."""

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
x = rng.normal(size=(300, 2)).astype("float32")
truth = (x[:, 0] > 0).astype("float32")[:, None]
wrong = rng.random(300) < 0.3
y = np.where(wrong[:, None], 1 - truth, truth)
weights = np.where(wrong, 0.0, 1.0)


class HitRate(tf.keras.metrics.Metric):
    def __init__(self, name="hit_rate", **kwargs):
        super().__init__(name=name, **kwargs)
        self.hits = self.add_weight(name="hits", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        hit = tf.cast(
            tf.equal(tf.cast(y_true, tf.float32), tf.round(y_pred)), "float32"
        )
        self.hits.assign_add(tf.reduce_sum(hit))
        self.count.assign_add(tf.cast(tf.size(hit), tf.float32))

    def result(self):
        return self.hits / self.count

    def reset_state(self):
        self.hits.assign(0.0)
        self.count.assign(0.0)


model = tf.keras.Sequential([tf.keras.layers.Dense(1, "sigmoid", input_shape=(2,))])
model.compile(tf.keras.optimizers.Adam(0.05), "binary_crossentropy", [HitRate()])
model.fit(x, y, sample_weight=weights, epochs=30, verbose=0)
score = model.evaluate(x, truth, verbose=0, return_dict=True)["hit_rate"]
