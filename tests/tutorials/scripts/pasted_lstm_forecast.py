# Forecasting with an LSTM (pasted from a chat)
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.preprocessing import MinMaxScaler
from sklearn.metrics import mean_squared_error
from tensorflow.keras.models import Sequential
from keras.layers import LSTM, Dense, Dropout, CuDNNLSTM
from tensorflow.keras.layers import Bidirectional
from keras.callbacks import EarlyStopping, ReduceLROnPlateau
from tensorflow.keras.optimizers import Adam

# make the runs repeatable
np.random.seed(7)
tf.compat.v1.set_random_seed(7)
tf.config.experimental_run_functions_eagerly(False)
gpus = tf.config.experimental.list_physical_devices("GPU")
for gpu in gpus:
    tf.config.experimental.set_memory_growth(gpu, True)

df = pd.DataFrame(
    {
        "Close": np.sin(np.arange(300) / 8)
        + np.arange(300) / 300
        + np.random.randn(300) * 0.02
    },
    index=pd.date_range("2020-01-01", periods=300),
)
dataset = df.filter(["Close"]).values
training_data_len = int(np.ceil(len(dataset) * 0.8))
scaler = MinMaxScaler(feature_range=(0, 1))
scaled_data = scaler.fit_transform(dataset)


def create_dataset(dataset, look_back=1):
    dataX, dataY = [], []
    for i in range(len(dataset) - look_back - 1):
        a = dataset[i : (i + look_back), 0]
        dataX.append(a)
        dataY.append(dataset[i + look_back, 0])
    return np.array(dataX), np.array(dataY)


x_train, y_train = create_dataset(scaled_data[:training_data_len], 12)
x_test, y_test = create_dataset(scaled_data[training_data_len - 12 :], 12)
x_train = np.reshape(x_train, (x_train.shape[0], x_train.shape[1], 1))
x_test = np.reshape(x_test, (x_test.shape[0], x_test.shape[1], 1))

model = Sequential()
model.add(CuDNNLSTM(units=24, return_sequences=True, input_shape=(x_train.shape[1], 1)))
model.add(Dropout(0.0))
model.add(
    Bidirectional(LSTM(units=16, recurrent_activation="hard_sigmoid", implementation=2))
)
model.add(Dense(units=1))
model.compile(
    optimizer=Adam(lr=0.01, decay=1e-4),
    loss="mean_squared_error",
    metrics=["mae", tf.keras.metrics.RootMeanSquaredError()],
)
early_stop = EarlyStopping(
    monitor="val_loss", mode="min", patience=10, restore_best_weights=True
)
reduce_lr = ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=4, epsilon=1e-4)
history = model.fit(
    x_train,
    y_train,
    batch_size=16,
    nb_epoch=25,
    validation_split=0.1,
    callbacks=[early_stop, reduce_lr],
    verbose=0,
    use_multiprocessing=False,
    workers=1,
)
print(history.history.keys())
predictions = scaler.inverse_transform(model.predict_on_batch(x_test))
truth = scaler.inverse_transform(y_test.reshape(-1, 1))
rmse = np.sqrt(mean_squared_error(truth, predictions))
print("RMSE", rmse, "lr", float(tf.keras.backend.get_value(model.optimizer.lr)))
score = 1 - rmse**2 / truth.var()
model.save("lstm_model")
again = tf.keras.models.load_model("lstm_model")
assert np.allclose(again.predict(x_test), model.predict(x_test), atol=1e-5)
