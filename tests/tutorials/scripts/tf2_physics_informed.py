"""tf.keras (2022): a physics-informed network solves u'' = -u with two tapes in one."""

import time

import numpy as np
import tensorflow as tf

DTYPE = "float32"
tf.keras.backend.set_floatx(DTYPE)
tf.random.set_seed(0)
np.random.seed(0)
lb, ub = tf.constant([0.0]), tf.constant([3.0])


class PINN_NeuralNet(tf.keras.Model):
    def __init__(
        self,
        lb,
        ub,
        output_dim=1,
        num_hidden_layers=2,
        num_neurons_per_layer=20,
        activation="tanh",
        kernel_initializer="glorot_normal",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_hidden_layers = num_hidden_layers
        self.lb = lb
        self.ub = ub
        self.scale = tf.keras.layers.Lambda(lambda x: 2.0 * (x - lb) / (ub - lb) - 1.0)
        self.hidden = [
            tf.keras.layers.Dense(
                num_neurons_per_layer,
                activation=tf.keras.activations.get(activation),
                kernel_initializer=kernel_initializer,
            )
            for _ in range(self.num_hidden_layers)
        ]
        self.out = tf.keras.layers.Dense(output_dim)

    def call(self, X):
        Z = self.scale(X)
        for i in range(self.num_hidden_layers):
            Z = self.hidden[i](Z)
        return self.out(Z)


model = PINN_NeuralNet(lb, ub)
model.build(input_shape=(None, 1))
x_r = tf.random.uniform((64, 1), lb, ub, dtype=DTYPE)
x_0 = tf.zeros((1, 1), dtype=DTYPE)


def get_r():
    with tf.GradientTape(persistent=True) as tape:
        x = x_r
        tape.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            u = model(x)
        u_x = inner.gradient(u, x)
    u_xx = tape.gradient(u_x, x)
    del tape
    return u_xx + u


def compute_loss():
    r = get_r()
    phi_r = tf.reduce_mean(tf.square(r))
    with tf.GradientTape() as tape:
        tape.watch(x_0)
        u_0 = model(x_0)
    du_0 = tape.gradient(u_0, x_0)
    return (
        phi_r
        + tf.reduce_mean(tf.square(u_0 - 0.0))
        + tf.reduce_mean(tf.square(du_0 - 1.0))
    )


def get_grad():
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(model.trainable_variables)
        loss = compute_loss()
    g = tape.gradient(loss, model.trainable_variables)
    del tape
    return loss, g


lr = tf.keras.optimizers.schedules.PiecewiseConstantDecay(
    [150, 350], [1e-2, 5e-3, 5e-4]
)
optim = tf.keras.optimizers.Adam(learning_rate=lr)


@tf.function
def train_step():
    loss, grad_theta = get_grad()
    optim.apply_gradients(zip(grad_theta, model.trainable_variables))
    return loss


hist = []
t0 = time.time()
for i in range(500 + 1):
    loss = train_step()
    hist.append(loss.numpy())
    if i % 250 == 0:
        print("It {:05d}: loss = {:10.8e}".format(i, loss))
grid = np.linspace(0, 3, 50)[:, None].astype(DTYPE)
error = np.max(np.abs(model(tf.constant(grid)).numpy() - np.sin(grid)))
print(error)
score = 1.0 - min(1.0, float(error))
