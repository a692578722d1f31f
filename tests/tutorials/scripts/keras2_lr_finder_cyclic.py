"""Keras 2 (2018): learning-rate finder and cyclical rates as callbacks of their own."""

import keras.backend as K

import numpy as np
import tensorflow as tf
from keras.callbacks import Callback, LambdaCallback
from keras.layers import Dense, Flatten
from keras.models import Sequential
from keras.optimizers import SGD

np.random.seed(7)
tf.random.set_seed(7)


class LRFinder:
    """Plots the change of the loss as the rate grows exponentially."""

    def __init__(self, model):
        self.model = model
        self.losses = []
        self.lrs = []
        self.best_loss = 1e9

    def on_batch_end(self, batch, logs):
        lr = K.get_value(self.model.optimizer.lr)
        self.lrs.append(lr)
        loss = logs["loss"]
        self.losses.append(loss)
        if batch > 5 and (np.isnan(loss) or loss > self.best_loss * 4):
            self.model.stop_training = True
            return
        if loss < self.best_loss:
            self.best_loss = loss
        lr *= self.lr_mult
        K.set_value(self.model.optimizer.lr, lr)

    def find(
        self, x_train, y_train, start_lr, end_lr, batch_size=64, epochs=1, **kw_fit
    ):
        N = x_train.shape[0]
        num_batches = epochs * N / batch_size
        self.lr_mult = (float(end_lr) / float(start_lr)) ** (
            float(1) / float(num_batches)
        )
        initial_weights = self.model.get_weights()
        original_lr = K.get_value(self.model.optimizer.lr)
        K.set_value(self.model.optimizer.lr, start_lr)
        callback = LambdaCallback(
            on_batch_end=lambda batch, logs: self.on_batch_end(batch, logs)
        )
        self.model.fit(
            x_train,
            y_train,
            batch_size=batch_size,
            epochs=epochs,
            callbacks=[callback],
            **kw_fit,
        )
        self.model.set_weights(initial_weights)
        K.set_value(self.model.optimizer.lr, original_lr)

    def plot_loss(self):
        return self.lrs, self.losses

    def get_best_lr(self, sma, n_skip_beginning=10, n_skip_end=5):
        derivatives = [0] * sma
        for i in range(sma, len(self.lrs)):
            derivatives.append((self.losses[i] - self.losses[i - sma]) / sma)
        best = np.argmin(derivatives[n_skip_beginning:-n_skip_end])
        return self.lrs[n_skip_beginning:-n_skip_end][best]


class CyclicLR(Callback):
    def __init__(
        self,
        base_lr=0.001,
        max_lr=0.006,
        step_size=2000.0,
        mode="triangular",
        gamma=1.0,
    ):
        super(CyclicLR, self).__init__()
        self.base_lr = base_lr
        self.max_lr = max_lr
        self.step_size = step_size
        self.mode = mode
        self.gamma = gamma
        self.scale_fn = lambda x: 1 / (2.0 ** (x - 1))
        self.clr_iterations = 0.0
        self.trn_iterations = 0.0
        self.history = {}

    def clr(self):
        cycle = np.floor(1 + self.clr_iterations / (2 * self.step_size))
        x = np.abs(self.clr_iterations / self.step_size - 2 * cycle + 1)
        return self.base_lr + (self.max_lr - self.base_lr) * np.maximum(
            0, (1 - x)
        ) * self.scale_fn(cycle)

    def on_train_begin(self, logs={}):
        logs = logs or {}
        if self.clr_iterations == 0:
            K.set_value(self.model.optimizer.lr, self.base_lr)
        else:
            K.set_value(self.model.optimizer.lr, self.clr())

    def on_batch_end(self, epoch, logs=None):
        logs = logs or {}
        self.trn_iterations += 1
        self.clr_iterations += 1
        self.history.setdefault("lr", []).append(K.get_value(self.model.optimizer.lr))
        self.history.setdefault("iterations", []).append(self.trn_iterations)
        for k, v in logs.items():
            self.history.setdefault(k, []).append(v)
        K.set_value(self.model.optimizer.lr, self.clr())


with np.load("mnist.npz") as f:
    x_train, y_train, x_test, y_test = (
        f[k] for k in ("x_train", "y_train", "x_test", "y_test")
    )
x_train, x_test = x_train / 255.0, x_test / 255.0
model = Sequential()
model.add(Flatten(input_shape=(28, 28)))
model.add(Dense(64, activation="relu"))
model.add(Dense(10, activation="softmax"))
model.compile(
    SGD(momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
lr_finder = LRFinder(model)
lr_finder.find(
    x_train, y_train, start_lr=1e-4, end_lr=10, batch_size=32, epochs=2, verbose=0
)
lr_finder.plot_loss()
best = lr_finder.get_best_lr(sma=5)
print(len(lr_finder.lrs), best)
clr = CyclicLR(base_lr=0.005, max_lr=0.1, step_size=94.0, mode="triangular2")
model.fit(x_train, y_train, batch_size=32, epochs=8, callbacks=[clr], verbose=0)
assert abs(max(clr.history["lr"]) - 0.1) < 0.002
score = model.evaluate(x_test, y_test, verbose=0)[1]
