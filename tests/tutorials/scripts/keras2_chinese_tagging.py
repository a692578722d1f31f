# coding: utf-8
# 序列标注(分词 BMES)双向 LSTM,苏剑林博客风格,维特比解码
import numpy as np
from keras.layers import Dense, Embedding, LSTM, TimeDistributed, Input, Bidirectional
from keras.models import Model
from keras.utils import np_utils
import pandas as pd

语料 = [
    "我们/喜欢/苹果",
    "他们/讨厌/下雨",
    "苹果/很/好吃",
    "下雨/天/我们/回家",
    "他们/回家/吃/苹果",
    "我们/很/讨厌/下雨",
] * 30


def get_xy(s):
    字, 标 = [], []
    for w in s.split("/"):
        字 += list(w)
        标 += ["s"] if len(w) == 1 else ["b"] + ["m"] * (len(w) - 2) + ["e"]
    return 字, 标


data = [get_xy(s) for s in 语料]
d = pd.DataFrame(index=range(len(data)))
d["data"] = [x for x, _ in data]
d["label"] = [y for _, y in data]
maxlen = 12
d = d[d["data"].apply(len) <= maxlen]
d.index = range(len(d))
tag = pd.Series({"s": 0, "b": 1, "m": 2, "e": 3, "x": 4})
chars = []
for i in d["data"]:
    chars.extend(i)
chars = pd.Series(chars).value_counts()
chars[:] = range(1, len(chars) + 1)
d["x"] = d["data"].apply(lambda x: np.array(list(chars[x]) + [0] * (maxlen - len(x))))


def trans_one(x):
    _ = map(lambda y: np_utils.to_categorical(y, 5), tag[x].values.reshape((-1, 1)))
    _ = list(_)
    _.extend([np.array([[0, 0, 0, 0, 1]])] * (maxlen - len(x)))
    return np.array([np.ravel(t) for t in _])


d["y"] = d["label"].apply(trans_one)
word_size, batch_size = 16, 32
sequence = Input(shape=(maxlen,), dtype="int32")
embedded = Embedding(len(chars) + 1, word_size, input_length=maxlen, mask_zero=True)(
    sequence
)
blstm = Bidirectional(LSTM(16, return_sequences=True), merge_mode="sum")(embedded)
output = TimeDistributed(Dense(5, activation="softmax"))(blstm)
model = Model(inputs=sequence, outputs=output)
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(
    np.array(list(d["x"])),
    np.array(list(d["y"])).reshape((-1, maxlen, 5)),
    batch_size=batch_size,
    epochs=25,
    verbose=0,
)
zy = {
    "be": 0.5,
    "bm": 0.5,
    "eb": 0.5,
    "es": 0.5,
    "me": 0.5,
    "mm": 0.5,
    "sb": 0.5,
    "ss": 0.5,
}
zy = {i: np.log(zy[i]) for i in zy.keys()}


def viterbi(nodes):
    paths = {"b": nodes[0]["b"], "s": nodes[0]["s"]}
    for l in range(1, len(nodes)):
        paths_ = paths.copy()
        paths = {}
        for i in nodes[l].keys():
            nows = {}
            for j in paths_.keys():
                if j[-1] + i in zy.keys():
                    nows[j + i] = paths_[j] + nodes[l][i] + zy[j[-1] + i]
            k = np.argmax(list(nows.values()))
            paths[list(nows.keys())[k]] = list(nows.values())[k]
    return list(paths.keys())[np.argmax(list(paths.values()))]


def simple_cut(s):
    r = model.predict(
        np.array(
            [list(chars[list(s)].fillna(0).astype(int)) + [0] * (maxlen - len(s))]
        ),
        verbose=False,
    )[0][: len(s)]
    r = np.log(r)
    nodes = [dict(zip(["s", "b", "m", "e"], i[:4])) for i in r]
    t = viterbi(nodes)
    words = []
    for i in range(len(s)):
        if t[i] in ["s", "b"]:
            words.append(s[i])
        else:
            words[-1] += s[i]
    return words


对 = [simple_cut(s.replace("/", "")) == s.split("/") for s in 语料[:6]]
print(simple_cut("他们很喜欢下雨"))
score = float(np.mean(对))
