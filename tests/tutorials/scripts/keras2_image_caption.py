"""Keras 2 (2018): a caption for a picture, from two merged branches."""
# 图像描述生成：CNN 特征 + LSTM

import numpy as np
from keras.callbacks import ModelCheckpoint
from keras.layers import LSTM, Dense, Dropout, Embedding, Input
from keras.layers import Conv2D, Flatten, MaxPooling2D
from keras.layers import add
from keras.models import Model, load_model
from keras.preprocessing.sequence import pad_sequences
from keras.preprocessing.text import Tokenizer
from keras.utils import to_categorical

np.random.seed(5)
colours, shapes = ["red", "green", "blue"], ["square", "cross"]


# 生成图片和描述
def picture(colour, shape):
    image = np.random.uniform(0, 0.1, (12, 12, 3)).astype("float32")
    if shape == "square":
        image[2:10, 2:10, colours.index(colour)] = 1
    else:
        image[5:7, :, colours.index(colour)] = 1
        image[:, 5:7, colours.index(colour)] = 1
    return image


pairs = [(c, s) for c in colours for s in shapes] * 12
images = {"img_%d" % i: picture(*pair) for i, pair in enumerate(pairs)}
descriptions = {
    "img_%d" % i: ["startseq a %s %s endseq" % pair] for i, pair in enumerate(pairs)
}

# 特征提取器
cnn_in = Input(shape=(12, 12, 3))
h = MaxPooling2D(2)(Conv2D(6, 3, activation="relu", name="conv")(cnn_in))
cnn = Model(cnn_in, Flatten()(h))
features = {k: cnn.predict(v[np.newaxis], verbose=0)[0] for k, v in images.items()}


def to_lines(descriptions):
    all_desc = list()
    for key in descriptions.keys():
        [all_desc.append(d) for d in descriptions[key]]
    return all_desc


tokenizer = Tokenizer()
tokenizer.fit_on_texts(to_lines(descriptions))
vocab_size = len(tokenizer.word_index) + 1
max_length = max(len(d.split()) for d in to_lines(descriptions))
print("Vocabulary Size: %d, Description Length: %d" % (vocab_size, max_length))


def create_sequences(tokenizer, max_length, desc_list, photo):
    X1, X2, y = list(), list(), list()
    for desc in desc_list:
        seq = tokenizer.texts_to_sequences([desc])[0]
        for i in range(1, len(seq)):
            in_seq, out_seq = seq[:i], seq[i]
            in_seq = pad_sequences([in_seq], maxlen=max_length)[0]
            out_seq = to_categorical([out_seq], num_classes=vocab_size)[0]
            X1.append(photo)
            X2.append(in_seq)
            y.append(out_seq)
    return np.array(X1), np.array(X2), np.array(y)


def data_generator(descriptions, photos, tokenizer, max_length, n=8):
    keys = list(descriptions)
    while 1:
        for start in range(0, len(keys), n):
            parts = [
                create_sequences(tokenizer, max_length, descriptions[k], photos[k])
                for k in keys[start : start + n]
            ]
            in_img, in_seq, out_word = (np.concatenate(p) for p in zip(*parts))
            yield (in_img, in_seq), out_word


def define_model(vocab_size, max_length, num_features):
    inputs1 = Input(shape=(num_features,))
    fe1 = Dropout(0.1)(inputs1)
    fe2 = Dense(32, activation="relu")(fe1)
    inputs2 = Input(shape=(max_length,))
    se1 = Embedding(vocab_size, 32, mask_zero=True)(inputs2)
    se2 = Dropout(0.1)(se1)
    se3 = LSTM(32)(se2)
    decoder1 = add([fe2, se3])
    decoder2 = Dense(32, activation="relu")(decoder1)
    outputs = Dense(vocab_size, activation="softmax")(decoder2)
    model = Model(inputs=[inputs1, inputs2], outputs=outputs)
    model.compile(loss="categorical_crossentropy", optimizer="adam")
    return model


model = define_model(vocab_size, max_length, cnn.output_shape[-1])
filepath = "model-ep{epoch:03d}-loss{loss:.3f}.h5"
checkpoint = ModelCheckpoint("best.h5", monitor="loss", save_best_only=True, mode="min")
steps = len(descriptions) // 8
generator = data_generator(descriptions, features, tokenizer, max_length)
model.fit(
    generator, epochs=40, steps_per_epoch=steps, callbacks=[checkpoint], verbose=0
)


def word_for_id(integer, tokenizer):
    for word, index in tokenizer.word_index.items():
        if index == integer:
            return word
    return None


def generate_desc(model, tokenizer, photo, max_length):
    in_text = "startseq"
    for i in range(max_length):
        sequence = tokenizer.texts_to_sequences([in_text])[0]
        sequence = pad_sequences([sequence], maxlen=max_length)
        yhat = model.predict([photo, sequence], verbose=0)
        yhat = np.argmax(yhat)
        word = word_for_id(yhat, tokenizer)
        if word is None:
            break
        in_text += " " + word
        if word == "endseq":
            break
    return in_text


model = load_model("best.h5")
right = []
for pair in pairs[:6]:
    photo = cnn.predict(picture(*pair)[np.newaxis], verbose=0)
    caption = generate_desc(model, tokenizer, photo, max_length)
    right.append(caption == "startseq a %s %s endseq" % pair)
score = float(np.mean(right))
