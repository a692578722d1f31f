"""A cell pasted from answers of several years: nb_epoch beside a .keras file."""

import keras
import numpy as np
import tensorflow as tf
from keras.layers.core import Dense
from keras.utils.np_utils import to_categorical
from tensorflow.keras.models import Sequential

tf.random.set_seed(1)
rng = np.random.RandomState(1)
labels = np.arange(300) % 3
x = np.eye(3)[labels] * 3 + rng.normal(size=(300, 3))
model = Sequential()
model.add(Dense(output_dim=16, input_dim=3, activation="relu"))
model.add(keras.layers.Dense(units=3, kernel_initializer="he_normal"))
model.add(tf.keras.layers.Activation(tf.nn.softmax))
model.compile(
    optimizer=tf.keras.optimizers.Adam(lr=0.02),
    loss=keras.losses.CategoricalCrossentropy(),
    metrics=["acc"],
)
history = model.fit(x, to_categorical(labels), nb_epoch=20, verbose=0)
assert history.history["accuracy"] == history.history["acc"]
model.save("pasted.keras")
loaded = tf.keras.models.load_model("pasted.keras")
score = np.mean(loaded.predict_classes(x) == labels)
