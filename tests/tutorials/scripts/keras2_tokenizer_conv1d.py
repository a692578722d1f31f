"""Keras 2 (2018): Tokenizer, pad_sequences, Embedding, Conv1D on two kinds of sentence."""

import numpy as np
from keras.layers import Conv1D, Dense, Embedding, GlobalMaxPooling1D
from keras.models import Sequential
from keras.preprocessing.sequence import pad_sequences
from keras.preprocessing.text import Tokenizer

rng = np.random.RandomState(0)
good = ["great", "lovely", "superb", "wonderful"]
bad = ["awful", "boring", "terrible", "dull"]
filler = ["the", "film", "was", "a", "story", "of", "people"]
texts, labels = [], []
for i in range(200):
    words = list(rng.choice(filler, size=rng.randint(3, 8)))
    words.insert(rng.randint(len(words)), rng.choice(good if i % 2 else bad))
    texts.append(" ".join(words) + "!")
    labels.append(i % 2)
labels = np.asarray(labels)

maxlen, max_words = 10, 50
tokenizer = Tokenizer(num_words=max_words)
tokenizer.fit_on_texts(texts)
sequences = tokenizer.texts_to_sequences(texts)
print("Found %s unique tokens." % len(tokenizer.word_index))
data = pad_sequences(sequences, maxlen=maxlen)

model = Sequential()
model.add(Embedding(max_words, 8, input_length=maxlen))
model.add(Conv1D(8, 3, activation="relu"))
model.add(GlobalMaxPooling1D())
model.add(Dense(1, activation="sigmoid"))
model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["acc"])
model.fit(data[:150], labels[:150], epochs=40, batch_size=16, verbose=0)
score = model.evaluate(data[150:], labels[150:], verbose=0)[1]
