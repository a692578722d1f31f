"""Keras 2 (2019): 评论情感分析, words in a vocabulary and a Bidirectional LSTM."""

import numpy as np
from keras.layers import LSTM, Bidirectional, Dense, Embedding, SpatialDropout1D
from keras.models import Sequential
from keras.preprocessing.sequence import pad_sequences
from keras.preprocessing.text import Tokenizer

# 构造语料：好评与差评
随机 = np.random.RandomState(0)
好, 差 = ["好", "喜欢", "满意", "推荐"], ["差", "失望", "退货", "难看"]
其他 = ["这个", "商品", "质量", "物流", "包装", "我", "觉得", "非常"]
评论, 标签 = [], []
for _ in range(300):
    正面 = 随机.randint(2)
    词 = list(随机.choice(其他, size=随机.randint(3, 8)))
    词.insert(随机.randint(len(词) + 1), 随机.choice(好 if 正面 else 差))
    评论.append(" ".join(词))
    标签.append(正面)

# 分词并转换为序列
tokenizer = Tokenizer(num_words=50)
tokenizer.fit_on_texts(评论)
x = pad_sequences(tokenizer.texts_to_sequences(评论), maxlen=10)
y = np.array(标签)

# 建立模型
model = Sequential()
model.add(Embedding(50, 8, input_length=10))
model.add(SpatialDropout1D(0.1))
model.add(Bidirectional(LSTM(8)))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x[:240], y[:240], epochs=20, batch_size=16, verbose=0)
score = model.evaluate(x[240:], y[240:], verbose=0)[1]
