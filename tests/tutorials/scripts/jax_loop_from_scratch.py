"""Keras 3 on JAX (2024): a training loop with dropout, metrics and added losses."""

import os

os.environ["KERAS_BACKEND"] = "jax"

import jax
import jax.numpy as jnp
import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
y = np.arange(480) % 3
x = (rng.normal(size=(480, 6)) + 4 * np.eye(6)[y]).astype("float32")
x_val, y_val, x, y = x[:96], y[:96], x[96:], y[96:]

inputs = keras.Input(shape=(6,), name="features")
z = keras.layers.Dense(32, activation="relu", activity_regularizer="l2")(inputs)
z = keras.layers.Dropout(0.3)(z)
z = keras.layers.BatchNormalization()(z)
model = keras.Model(inputs, keras.layers.Dense(3)(z))

loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam(learning_rate=1e-2)
train_acc_metric = keras.metrics.SparseCategoricalAccuracy()
val_acc_metric = keras.metrics.SparseCategoricalAccuracy()


def compute_loss_and_updates(
    trainable_variables, non_trainable_variables, metric_variables, x, y
):
    y_pred, non_trainable_variables, losses = model.stateless_call(
        trainable_variables,
        non_trainable_variables,
        x,
        training=True,
        return_losses=True,
    )
    loss = loss_fn(y, y_pred)
    if losses:
        loss += 1e-3 * jnp.sum(jnp.array(losses))
    metric_variables = train_acc_metric.stateless_update_state(
        metric_variables, y, y_pred
    )
    return loss, (non_trainable_variables, metric_variables)


grad_fn = jax.value_and_grad(compute_loss_and_updates, has_aux=True)


@jax.jit
def train_step(state, data):
    (
        trainable_variables,
        non_trainable_variables,
        optimizer_variables,
        metric_variables,
    ) = state
    x, y = data
    (loss, (non_trainable_variables, metric_variables)), grads = grad_fn(
        trainable_variables, non_trainable_variables, metric_variables, x, y
    )
    trainable_variables, optimizer_variables = optimizer.stateless_apply(
        optimizer_variables, grads, trainable_variables
    )
    return loss, (
        trainable_variables,
        non_trainable_variables,
        optimizer_variables,
        metric_variables,
    )


@jax.jit
def eval_step(state, data):
    trainable_variables, non_trainable_variables, metric_variables = state
    x, y = data
    y_pred, non_trainable_variables = model.stateless_call(
        trainable_variables, non_trainable_variables, x, training=False
    )
    loss = loss_fn(y, y_pred)
    metric_variables = val_acc_metric.stateless_update_state(
        metric_variables, y, y_pred
    )
    return loss, (trainable_variables, non_trainable_variables, metric_variables)


optimizer.build(model.trainable_variables)
state = (
    [variable.value for variable in model.trainable_variables],
    [variable.value for variable in model.non_trainable_variables],
    [variable.value for variable in optimizer.variables],
    [variable.value for variable in train_acc_metric.variables],
)
for epoch in range(10):
    for start in range(0, 384, 32):
        data = x[start : start + 32], y[start : start + 32]
        loss, state = train_step(state, data)
    _, _, _, metric_variables = state
    for variable, value in zip(train_acc_metric.variables, metric_variables):
        variable.assign(value)
    train_acc = float(train_acc_metric.result())
    train_acc_metric.reset_state()
    state = (*state[:3], [variable.value for variable in train_acc_metric.variables])

trainable_variables, non_trainable_variables, *_ = state
for variable, value in zip(model.trainable_variables, trainable_variables):
    variable.assign(value)
for variable, value in zip(model.non_trainable_variables, non_trainable_variables):
    variable.assign(value)

# How often the dropout layer drew is part of the state.
draws = [v for v in non_trainable_variables if v.dtype == "uint32"]
assert [int(v[1]) for v in draws] == [120]

metric_variables = [variable.value for variable in val_acc_metric.variables]
state = (trainable_variables, non_trainable_variables, metric_variables)
loss, state = eval_step(state, (x_val, y_val))
for variable, value in zip(val_acc_metric.variables, state[2]):
    variable.assign(value)
score = float(val_acc_metric.result())
assert (
    abs(score - np.mean(np.argmax(model.predict(x_val, verbose=0), 1) == y_val)) < 1e-6
)
