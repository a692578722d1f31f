"""Keras 2 (2017): LSTM that continues a sine; windows cut by hand."""

import numpy as np
from keras.layers import LSTM, Dense
from keras.models import Sequential

series = np.sin(np.arange(400) * 0.2)
look_back = 10


def create_dataset(dataset, look_back=1):
    dataX, dataY = [], []
    for i in range(len(dataset) - look_back):
        dataX.append(dataset[i : i + look_back])
        dataY.append(dataset[i + look_back])
    return np.array(dataX), np.array(dataY)


trainX, trainY = create_dataset(series[:300], look_back)
testX, testY = create_dataset(series[300:], look_back)
# reshape input to be [samples, time steps, features]
trainX = np.reshape(trainX, (trainX.shape[0], look_back, 1))
testX = np.reshape(testX, (testX.shape[0], look_back, 1))

model = Sequential()
model.add(LSTM(8, input_shape=(look_back, 1)))
model.add(Dense(1))
model.compile(loss="mean_squared_error", optimizer="adam")
model.optimizer.learning_rate = 0.01
model.fit(trainX, trainY, epochs=30, batch_size=16, verbose=0)
# Share of the variance that is explained.
score = 1 - float(np.mean((model.predict(testX)[:, 0] - testY) ** 2) / np.var(testY))
