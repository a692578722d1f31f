"""TensorFlow 1 (2016): placeholders, a session and feed_dict, weights by hand."""

import numpy as np
import tensorflow as tf

data = np.load("mnist.npz")
mnist_x = data["x_train"].reshape(-1, 784).astype("float32") / 255
mnist_y = np.eye(10)[data["y_train"]].astype("float32")
test_x = data["x_test"].reshape(-1, 784) / 255.0
test_y = np.eye(10)[data["y_test"]]


def weight_variable(shape):
    return tf.Variable(tf.truncated_normal(shape, stddev=0.1))


def bias_variable(shape):
    return tf.Variable(tf.constant(0.1, shape=shape))


learning_rate = 0.005
batch_size = 100
x = tf.placeholder(tf.float32, [None, 784], name="x")
y_ = tf.placeholder(tf.float32, [None, 10])
W1, b1 = weight_variable([784, 64]), bias_variable([64])
hidden = tf.nn.relu(tf.matmul(x, W1) + b1)
W2, b2 = weight_variable([64, 10]), bias_variable([10])
logits = tf.matmul(hidden, W2) + b2

cross_entropy = tf.reduce_mean(
    tf.nn.softmax_cross_entropy_with_logits(labels=y_, logits=logits)
)
train_step = tf.train.AdamOptimizer(learning_rate).minimize(cross_entropy)
correct_prediction = tf.equal(tf.argmax(logits, 1), tf.argmax(y_, 1))
accuracy = tf.reduce_mean(tf.cast(correct_prediction, tf.float32))

init = tf.global_variables_initializer()
with tf.Session() as sess:
    sess.run(init)
    for epoch in range(12):
        order = np.random.RandomState(epoch).permutation(len(mnist_x))
        for start in range(0, len(mnist_x), batch_size):
            rows = order[start : start + batch_size]
            _, loss = sess.run(
                [train_step, cross_entropy],
                feed_dict={x: mnist_x[rows], y_: mnist_y[rows]},
            )
        print("Epoch:", epoch + 1, "cost =", "{:.3f}".format(loss))
    score = float(sess.run(accuracy, feed_dict={x: test_x, y_: test_y}))
