"""tf.keras (2020): optimise a picture, a tf.Variable, to a Gram matrix and a content."""

import numpy as np
import tensorflow as tf

tf.random.set_seed(1)
rng = np.random.default_rng(1)
extractor = tf.keras.Sequential(
    [tf.keras.layers.Conv2D(6, 3, activation="relu", input_shape=(16, 16, 3))]
)
kernel, bias = extractor.get_weights()
extractor.set_weights([rng.normal(scale=0.3, size=kernel.shape), bias])
content_image = tf.constant(rng.random((1, 16, 16, 3)).astype("float32"))
style_image = tf.constant(np.tile(rng.random((1, 4, 4, 3)), (1, 4, 4, 1)), tf.float32)


def gram_matrix(input_tensor):
    result = tf.linalg.einsum("bijc,bijd->bcd", input_tensor, input_tensor)
    input_shape = tf.shape(input_tensor)
    num_locations = tf.cast(input_shape[1] * input_shape[2], tf.float32)
    return result / num_locations


def clip_0_1(image):
    return tf.clip_by_value(image, clip_value_min=0.0, clip_value_max=1.0)


style_target = gram_matrix(extractor(style_image))
content_target = extractor(content_image)
image = tf.Variable(content_image)
opt = tf.keras.optimizers.Adam(learning_rate=0.02, beta_1=0.99, epsilon=1e-1)


def total_loss(image):
    features = extractor(image)
    style = tf.reduce_mean((gram_matrix(features) - style_target) ** 2)
    return 1e2 * style + tf.reduce_mean((features - content_target) ** 2)


@tf.function()
def train_step(image):
    with tf.GradientTape() as tape:
        loss = total_loss(image)
    grad = tape.gradient(loss, image)
    opt.apply_gradients([(grad, image)])
    image.assign(clip_0_1(image))
    return loss


first = float(total_loss(image))
for _ in range(300):
    train_step(image)
# The share of the style's loss that is gone.
score = 1 - float(total_loss(image)) / first
