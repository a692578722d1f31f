# ruff: noqa: F403, F405
#! -*- coding: utf-8 -*-
# 中文情感分类:双向LSTM + 自定义注意力层(知乎/CSDN 常见写法)
import numpy as np
from keras import backend as K
from keras.engine.topology import Layer
from keras import initializers, regularizers
from keras.preprocessing.sequence import pad_sequences
from keras.layers import *
from keras.models import *
from keras.callbacks import EarlyStopping, ModelCheckpoint


class AttentionLayer(Layer):
    """支持 masking 的注意力层"""

    def __init__(
        self, step_dim, W_regularizer=None, b_regularizer=None, bias=True, **kwargs
    ):
        self.supports_masking = True
        self.init = initializers.get("glorot_uniform")
        self.W_regularizer = regularizers.get(W_regularizer)
        self.b_regularizer = regularizers.get(b_regularizer)
        self.bias = bias
        self.step_dim = step_dim
        self.features_dim = 0
        super(AttentionLayer, self).__init__(**kwargs)

    def build(self, input_shape):
        assert len(input_shape) == 3
        self.W = self.add_weight(
            (input_shape[-1],),
            initializer=self.init,
            name="{}_W".format(self.name),
            regularizer=self.W_regularizer,
        )
        self.features_dim = input_shape[-1]
        if self.bias:
            self.b = self.add_weight(
                (input_shape[1],),
                initializer="zero",
                name="{}_b".format(self.name),
                regularizer=self.b_regularizer,
            )
        else:
            self.b = None
        self.built = True

    def compute_mask(self, input, input_mask=None):
        return None

    def call(self, x, mask=None):
        features_dim = self.features_dim
        step_dim = self.step_dim
        eij = K.reshape(
            K.dot(
                K.reshape(x, (-1, features_dim)), K.reshape(self.W, (features_dim, 1))
            ),
            (-1, step_dim),
        )
        if self.bias:
            eij += self.b
        eij = K.tanh(eij)
        a = K.exp(eij)
        if mask is not None:
            a *= K.cast(mask, K.floatx())
        a /= K.cast(K.sum(a, axis=1, keepdims=True) + K.epsilon(), K.floatx())
        a = K.expand_dims(a)
        weighted_input = x * a
        return K.sum(weighted_input, axis=1)

    def compute_output_shape(self, input_shape):
        return input_shape[0], self.features_dim


好 = ["很好看", "太棒了", "非常喜欢", "值得推荐"]
坏 = ["很难看", "太差了", "非常讨厌", "不值一看"]
中 = ["这部电影", "昨天晚上", "朋友说", "演员", "剧情", "画面", "觉得"]
rng = np.random.RandomState(3)
文本, 标签 = [], []
for i in range(400):
    词 = [中[k] for k in rng.randint(0, 7, rng.randint(2, 6))]
    词.insert(rng.randint(0, len(词)), (好 if i % 2 else 坏)[rng.randint(4)])
    文本.append("".join(词))
    标签.append(i % 2)
# 字典
chars = {}
for t in 文本:
    for c in t:
        chars[c] = chars.get(c, 0) + 1
id2char = {i + 1: j for i, j in enumerate(chars)}  # padding: 0
char2id = {j: i for i, j in id2char.items()}
X = pad_sequences([[char2id[c] for c in t] for t in 文本], maxlen=30, padding="post")
Y = np.array(标签)
顺序 = rng.permutation(400)
X, Y = X[顺序], Y[顺序]

inp = Input(shape=(30,))
x = Embedding(len(chars) + 1, 16, mask_zero=True)(inp)
x = SpatialDropout1D(0.1)(x)
x = Bidirectional(LSTM(16, return_sequences=True, dropout=0.1, recurrent_dropout=0.1))(
    x
)
x = AttentionLayer(30)(x)
x = Dense(16, activation="relu")(x)
out = Dense(1, activation="sigmoid")(x)
model = Model(inputs=inp, outputs=out)
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
早停 = EarlyStopping(monitor="val_loss", patience=3)
保存 = ModelCheckpoint(
    "best_model.hdf5",
    monitor="val_acc",
    save_best_only=True,
    save_weights_only=True,
    mode="max",
    period=1,
)
model.fit(
    X[:300],
    Y[:300],
    batch_size=32,
    epochs=12,
    validation_data=(X[300:], Y[300:]),
    callbacks=[早停, 保存],
    verbose=2,
)
model.load_weights("best_model.hdf5")
结果 = model.predict(X[300:]).flatten()
score = float(((结果 > 0.5) == Y[300:]).mean())
print("准确率:", score)
