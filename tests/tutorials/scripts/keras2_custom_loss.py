"""Keras 2 (2019): loss and metric written with the backend K."""

import numpy as np
from keras import backend as K
from keras.layers import Dense
from keras.models import Sequential

rng = np.random.RandomState(0)
x = rng.uniform(-1, 1, size=(400, 2)).astype("float32")
y = (2 * x[:, :1] - 3 * x[:, 1:] + 0.5).astype("float32")


def rmse(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true)) + K.epsilon())


def r2(y_true, y_pred):
    ss_res = K.sum(K.square(y_true - y_pred))
    ss_tot = K.sum(K.square(y_true - K.mean(y_true)))
    return 1 - ss_res / (ss_tot + K.epsilon())


model = Sequential([Dense(1, input_dim=2)])
model.compile(loss=rmse, optimizer="adam", metrics=[r2])
K.set_value(model.optimizer.lr, 0.02)
model.fit(x, y, epochs=40, batch_size=20, verbose=0)
assert abs(float(K.get_value(model.optimizer.lr)) - 0.02) < 1e-6
score = model.evaluate(x, y, batch_size=400, verbose=0)[1]
