"""Integrated gradients and the fast gradient sign method, as the tensorflow.org tutorials write them."""

import numpy as np
import tensorflow as tf

tf.random.set_seed(1)
rng = np.random.RandomState(0)
x = rng.rand(300, 10, 10, 1).astype("float32") * 0.3
y = rng.randint(0, 2, 300)
x[y == 1, 2:5, 2:5] += 0.7
x[y == 0, 6:9, 6:9] += 0.7
model = tf.keras.Sequential(
    [
        tf.keras.layers.Conv2D(6, 3, activation="relu", input_shape=(10, 10, 1)),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(2),
    ]
)
model.compile(
    "adam",
    tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    ["accuracy"],
)
model.fit(x, y, epochs=8, verbose=0)


def interpolate_images(baseline, image, alphas):
    alphas_x = alphas[:, tf.newaxis, tf.newaxis, tf.newaxis]
    baseline_x = tf.expand_dims(baseline, axis=0)
    input_x = tf.expand_dims(image, axis=0)
    delta = input_x - baseline_x
    images = baseline_x + alphas_x * delta
    return images


def compute_gradients(images, target_class_idx):
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = model(images)
        probs = tf.nn.softmax(logits, axis=-1)[:, target_class_idx]
    return tape.gradient(probs, images)


def integral_approximation(gradients):
    grads = (gradients[:-1] + gradients[1:]) / tf.constant(2.0)
    integrated_gradients = tf.math.reduce_mean(grads, axis=0)
    return integrated_gradients


@tf.function
def one_batch(baseline, image, alpha_batch, target_class_idx):
    interpolated_path_input_batch = interpolate_images(
        baseline=baseline, image=image, alphas=alpha_batch
    )
    gradient_batch = compute_gradients(
        images=interpolated_path_input_batch, target_class_idx=target_class_idx
    )
    return gradient_batch


def integrated_gradients(baseline, image, target_class_idx, m_steps=50, batch_size=32):
    alphas = tf.linspace(start=0.0, stop=1.0, num=m_steps + 1)
    gradient_batches = []
    for alpha in tf.range(0, len(alphas), batch_size):
        from_ = alpha
        to = tf.minimum(from_ + batch_size, len(alphas))
        alpha_batch = alphas[from_:to]
        gradient_batch = one_batch(baseline, image, alpha_batch, target_class_idx)
        gradient_batches.append(gradient_batch)
    total_gradients = tf.concat(gradient_batches, axis=0)
    avg_gradients = integral_approximation(gradients=total_gradients)
    return (image - baseline) * avg_gradients


baseline = tf.zeros(shape=(10, 10, 1))
image = tf.constant(x[y == 1][0])
ig = integrated_gradients(baseline, image, 1)
# completeness
p0 = tf.nn.softmax(model(baseline[None]))[0, 1]
p1 = tf.nn.softmax(model(image[None]))[0, 1]
delta = float(tf.math.reduce_sum(ig)) - float(p1 - p0)
tf.debugging.assert_near(tf.reduce_sum(ig), p1 - p0, rtol=0.05, atol=0.05)
mask = tf.reduce_sum(tf.math.abs(ig), axis=-1).numpy()
print("delta", delta, "inside", mask[2:5, 2:5].sum() / mask.sum())

loss_object = tf.keras.losses.CategoricalCrossentropy(from_logits=True)


def create_adversarial_pattern(input_image, input_label):
    with tf.GradientTape() as tape:
        tape.watch(input_image)
        prediction = model(input_image)
        loss = loss_object(input_label, prediction)
    gradient = tape.gradient(loss, input_image)
    signed_grad = tf.sign(gradient)
    return signed_grad


images = tf.convert_to_tensor(x[:64])
label = tf.one_hot(y[:64], 2)
label = tf.reshape(label, (64, 2))
perturbations = create_adversarial_pattern(images, label)
clean = np.mean(tf.argmax(model(images), 1).numpy() == y[:64])
for eps in [0, 0.01, 0.1, 0.4]:
    adv_x = images + eps * perturbations
    adv_x = tf.clip_by_value(adv_x, -1, 1)
    acc = np.mean(tf.argmax(model(adv_x), 1).numpy() == y[:64])
    print(eps, acc)
score = float(clean - acc > 0.5 and abs(delta) < 0.05)
