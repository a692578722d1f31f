# -*- coding: utf-8 -*-
"""tf.keras (2021) 时间序列: 多步预测, 自定义 WindowGenerator, 单次预测与自回归 LSTM"""

import numpy as np
import pandas as pd
import tensorflow as tf

tf.random.set_seed(0)
np.random.seed(0)
# 造一份天气数据
n = 900
t = np.arange(n)
df = pd.DataFrame(
    {
        "T (degC)": 10 * np.sin(2 * np.pi * t / 24) + np.random.randn(n) * 0.5,
        "p (mbar)": 1000 + 5 * np.cos(2 * np.pi * t / 48),
    }
)
df["Day sin"] = np.sin(t * (2 * np.pi / 24))
df["Day cos"] = np.cos(t * (2 * np.pi / 24))
column_indices = {name: i for i, name in enumerate(df.columns)}
train_df, val_df, test_df = (
    df[0 : int(n * 0.7)],
    df[int(n * 0.7) : int(n * 0.9)],
    df[int(n * 0.9) :],
)
num_features = df.shape[1]
train_mean, train_std = train_df.mean(), train_df.std()
train_df = (train_df - train_mean) / train_std
val_df = (val_df - train_mean) / train_std
test_df = (test_df - train_mean) / train_std


class WindowGenerator:
    def __init__(
        self,
        input_width,
        label_width,
        shift,
        train_df=train_df,
        val_df=val_df,
        test_df=test_df,
        label_columns=None,
    ):
        self.train_df, self.val_df, self.test_df = train_df, val_df, test_df
        self.label_columns = label_columns
        if label_columns is not None:
            self.label_columns_indices = {
                name: i for i, name in enumerate(label_columns)
            }
        self.column_indices = {name: i for i, name in enumerate(train_df.columns)}
        self.input_width, self.label_width, self.shift = input_width, label_width, shift
        self.total_window_size = input_width + shift
        self.input_slice = slice(0, input_width)
        self.input_indices = np.arange(self.total_window_size)[self.input_slice]
        self.label_start = self.total_window_size - self.label_width
        self.labels_slice = slice(self.label_start, None)
        self.label_indices = np.arange(self.total_window_size)[self.labels_slice]

    def split_window(self, features):
        inputs = features[:, self.input_slice, :]
        labels = features[:, self.labels_slice, :]
        if self.label_columns is not None:
            labels = tf.stack(
                [
                    labels[:, :, self.column_indices[name]]
                    for name in self.label_columns
                ],
                axis=-1,
            )
        inputs.set_shape([None, self.input_width, None])
        labels.set_shape([None, self.label_width, None])
        return inputs, labels

    def make_dataset(self, data):
        data = np.array(data, dtype=np.float32)
        ds = tf.keras.utils.timeseries_dataset_from_array(
            data=data,
            targets=None,
            sequence_length=self.total_window_size,
            sequence_stride=1,
            shuffle=True,
            batch_size=32,
        )
        ds = ds.map(self.split_window)
        return ds

    @property
    def train(self):
        return self.make_dataset(self.train_df)

    @property
    def val(self):
        return self.make_dataset(self.val_df)

    @property
    def test(self):
        return self.make_dataset(self.test_df)

    @property
    def example(self):
        result = getattr(self, "_example", None)
        if result is None:
            result = next(iter(self.train))
            self._example = result
        return result


OUT_STEPS = 6
multi_window = WindowGenerator(input_width=24, label_width=OUT_STEPS, shift=OUT_STEPS)
for example_inputs, example_labels in multi_window.train.take(1):
    print(f"Inputs shape (batch, time, features): {example_inputs.shape}")
    print(f"Labels shape (batch, time, features): {example_labels.shape}")


class FeedBack(tf.keras.Model):
    """自回归模型"""

    def __init__(self, units, out_steps):
        super().__init__()
        self.out_steps = out_steps
        self.units = units
        self.lstm_cell = tf.keras.layers.LSTMCell(units)
        self.lstm_rnn = tf.keras.layers.RNN(self.lstm_cell, return_state=True)
        self.dense = tf.keras.layers.Dense(num_features)

    def warmup(self, inputs):
        x, *state = self.lstm_rnn(inputs)
        prediction = self.dense(x)
        return prediction, state

    def call(self, inputs, training=None):
        predictions = []
        prediction, state = self.warmup(inputs)
        predictions.append(prediction)
        for n in range(1, self.out_steps):
            x = prediction
            x, state = self.lstm_cell(x, states=state, training=training)
            prediction = self.dense(x)
            predictions.append(prediction)
        predictions = tf.stack(predictions)
        predictions = tf.transpose(predictions, [1, 0, 2])
        return predictions


def compile_and_fit(model, window, patience=2):
    early_stopping = tf.keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=patience, mode="min"
    )
    model.compile(
        loss=tf.keras.losses.MeanSquaredError(),
        optimizer=tf.keras.optimizers.Adam(0.01),
        metrics=[tf.keras.metrics.MeanAbsoluteError()],
    )
    return model.fit(
        window.train,
        epochs=8,
        validation_data=window.val,
        callbacks=[early_stopping],
        verbose=0,
    )


feedback_model = FeedBack(units=24, out_steps=OUT_STEPS)
prediction, state = feedback_model.warmup(multi_window.example[0])
print(
    "Output shape (batch, time, features): ",
    feedback_model(multi_window.example[0]).shape,
)
history = compile_and_fit(feedback_model, multi_window)
multi_val_performance = {}
multi_val_performance["AR LSTM"] = feedback_model.evaluate(
    multi_window.val, return_dict=True, verbose=0
)
error = feedback_model.evaluate(multi_window.test, verbose=0)
# 解释的方差比例
score = 1 - error[0] / float(
    np.mean(np.concatenate([y for _, y in multi_window.test.as_numpy_iterator()]) ** 2)
)
