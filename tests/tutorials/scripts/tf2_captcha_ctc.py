"""keras.io style (2020): captcha OCR with a CTC layer built on keras.backend.ctc_batch_cost."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

np.random.seed(42)
tf.random.set_seed(42)
characters = list("abcd")
max_length = 3
img_width, img_height = 36, 8
glyphs = {c: (np.random.rand(8, 8) > 0.5).astype("float32") for c in characters}
labels = ["".join(np.random.choice(characters, max_length)) for _ in range(400)]
images = []
for word in labels:
    img = 0.1 * np.random.rand(img_height, img_width)
    for i, c in enumerate(word):
        x0 = 1 + 12 * i + np.random.randint(0, 3)
        img[:, x0 : x0 + 8] += glyphs[c]
    images.append(img.T[..., None])  # time is the first axis
images = np.array(images, "float32")

char_to_num = layers.StringLookup(vocabulary=list(characters), mask_token=None)
num_to_char = layers.StringLookup(
    vocabulary=char_to_num.get_vocabulary(), mask_token=None, invert=True
)
targets = np.array(
    [
        char_to_num(tf.strings.unicode_split(w, input_encoding="UTF-8")).numpy()
        for w in labels
    ]
)


def encode_single_sample(img, label):
    return {"image": img, "label": label}


train_dataset = (
    tf.data.Dataset.from_tensor_slices((images[:340], targets[:340]))
    .map(encode_single_sample, num_parallel_calls=tf.data.AUTOTUNE)
    .batch(20)
    .prefetch(buffer_size=tf.data.AUTOTUNE)
)


class CTCLayer(layers.Layer):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.loss_fn = keras.backend.ctc_batch_cost

    def call(self, y_true, y_pred):
        batch_len = tf.cast(tf.shape(y_true)[0], dtype="int64")
        input_length = tf.cast(tf.shape(y_pred)[1], dtype="int64")
        label_length = tf.cast(tf.shape(y_true)[1], dtype="int64")
        input_length = input_length * tf.ones(shape=(batch_len, 1), dtype="int64")
        label_length = label_length * tf.ones(shape=(batch_len, 1), dtype="int64")
        loss = self.loss_fn(y_true, y_pred, input_length, label_length)
        self.add_loss(loss)
        return y_pred


def build_model():
    input_img = layers.Input(
        shape=(img_width, img_height, 1), name="image", dtype="float32"
    )
    labels = layers.Input(name="label", shape=(None,), dtype="float32")
    x = layers.Conv2D(
        8,
        (3, 3),
        activation="relu",
        kernel_initializer="he_normal",
        padding="same",
        name="Conv1",
    )(input_img)
    x = layers.MaxPooling2D((2, 2), name="pool1")(x)
    x = layers.Reshape(
        target_shape=(img_width // 2, (img_height // 2) * 8), name="reshape"
    )(x)
    x = layers.Dense(32, activation="relu", name="dense1")(x)
    x = layers.Bidirectional(layers.LSTM(24, return_sequences=True, dropout=0.1))(x)
    x = layers.Dense(
        len(char_to_num.get_vocabulary()) + 1, activation="softmax", name="dense2"
    )(x)
    output = CTCLayer(name="ctc_loss")(labels, x)
    model = keras.models.Model(
        inputs=[input_img, labels], outputs=output, name="ocr_model_v1"
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    return model


model = build_model()
model.summary()
history = model.fit(train_dataset, epochs=14, verbose=2)
prediction_model = keras.models.Model(
    model.get_layer(name="image").output, model.get_layer(name="dense2").output
)


def decode_batch_predictions(pred):
    input_len = np.ones(pred.shape[0]) * pred.shape[1]
    results = keras.backend.ctc_decode(pred, input_length=input_len, greedy=True)[0][0][
        :, :max_length
    ]
    output_text = []
    for res in results:
        res = tf.strings.reduce_join(num_to_char(res)).numpy().decode("utf-8")
        output_text.append(res)
    return output_text


preds = prediction_model.predict(images[340:])
pred_texts = decode_batch_predictions(preds)
score = float(np.mean([p == t for p, t in zip(pred_texts, labels[340:])]))
print(pred_texts[:5], labels[340:345])
