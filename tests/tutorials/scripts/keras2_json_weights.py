"""Keras 2 (2017): model_to_json and save_weights to HDF5, read back."""

import numpy as np
from keras.layers import Dense
from keras.models import Sequential, model_from_json

np.random.seed(7)
X = np.random.rand(300, 8)
Y = (X[:, 0] + X[:, 3] > 1).astype(int)
model = Sequential()
model.add(Dense(12, input_dim=8, kernel_initializer="uniform", activation="relu"))
model.add(Dense(1, kernel_initializer="uniform", activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X, Y, epochs=100, batch_size=10, verbose=0)

with open("model.json", "w") as json_file:
    json_file.write(model.to_json())
model.save_weights("model.h5")

with open("model.json") as json_file:
    loaded_model = model_from_json(json_file.read())
loaded_model.load_weights("model.h5")
loaded_model.compile(
    loss="binary_crossentropy", optimizer="rmsprop", metrics=["accuracy"]
)
result = loaded_model.evaluate(X, Y, verbose=0)
print("%s: %.2f%%" % (loaded_model.metrics_names[1], result[1] * 100))
score = result[1]
