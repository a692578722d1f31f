"""This example demonstrates the use of Convolution1D for text classification."""

from __future__ import print_function
import numpy as np

np.random.seed(1337)  # for reproducibility

from keras.preprocessing import sequence
from keras.models import Sequential
from keras.layers import Dense, Dropout, Activation
from keras.layers import Embedding
from keras.layers import Convolution1D, GlobalMaxPooling1D

max_features = 50
maxlen = 20
batch_size = 32
embedding_dims = 16
nb_filter = 32
filter_length = 3
hidden_dims = 32
nb_epoch = 6


def make(n):
    X, y = [], []
    for i in range(n):
        length = np.random.randint(8, 25)
        words = list(np.random.randint(3, max_features, length))
        label = i % 2
        at = np.random.randint(0, length - 3)
        words[at : at + 2] = [7, 9] if label else [9, 7]
        X.append(words)
        y.append(label)
    return X, y


X_train, y_train = make(800)
X_test, y_test = make(200)
print(len(X_train), "train sequences")
X_train = sequence.pad_sequences(X_train, maxlen=maxlen)
X_test = sequence.pad_sequences(X_test, maxlen=maxlen)
print("X_train shape:", X_train.shape)

model = Sequential()
model.add(Embedding(max_features, embedding_dims, input_length=maxlen, dropout=0.2))
model.add(
    Convolution1D(
        nb_filter=nb_filter,
        filter_length=filter_length,
        border_mode="valid",
        activation="relu",
        subsample_length=1,
    )
)
model.add(GlobalMaxPooling1D())
model.add(Dense(hidden_dims))
model.add(Dropout(0.2))
model.add(Activation("relu"))
model.add(Dense(1))
model.add(Activation("sigmoid"))

model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(
    X_train,
    y_train,
    batch_size=batch_size,
    nb_epoch=nb_epoch,
    validation_data=(X_test, y_test),
)
score, acc = model.evaluate(X_test, y_test, batch_size=batch_size)
print("Test accuracy:", acc)
score = acc
