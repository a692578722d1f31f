"""tf.keras (2019): linear regression with tf.Variable and assign_sub alone."""

import tensorflow as tf

tf.random.set_seed(0)
TRUE_W, TRUE_B = 3.0, 2.0
x = tf.random.normal(shape=[200])
y = x * TRUE_W + TRUE_B
w = tf.Variable(5.0)
b = tf.Variable(0.0)
for epoch in range(60):
    with tf.GradientTape() as t:
        current_loss = tf.reduce_mean(tf.square(y - (w * x + b)))
    dw, db = t.gradient(current_loss, [w, b])
    w.assign_sub(0.1 * dw)
    b.assign_sub(0.1 * db)
score = float(1 - abs(w.numpy() - TRUE_W) - abs(b.numpy() - TRUE_B))
