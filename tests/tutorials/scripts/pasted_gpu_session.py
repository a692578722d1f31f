# -*- coding: utf-8 -*-
"""Keras 2.2 (2018), 中文博客: 限制显存 + 卷积网络 + 保存最好的模型 + 混淆矩阵"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = "0"
import numpy as np
import tensorflow as tf
import keras
from keras import backend as K
from keras.models import Sequential, load_model
from keras.layers import Dense, Dropout, Flatten
from keras.layers import Conv2D, MaxPooling2D
from keras.utils import np_utils
from keras.callbacks import ModelCheckpoint, ReduceLROnPlateau

# 按需分配显存
config = tf.ConfigProto()
config.gpu_options.allow_growth = True
config.gpu_options.per_process_gpu_memory_fraction = 0.3
K.set_session(tf.Session(config=config))
tf.set_random_seed(1)
np.random.seed(1)

with np.load("mnist.npz") as f:
    x_train, y_train = f["x_train"], f["y_train"]
    x_test, y_test = f["x_test"], f["y_test"]
if K.image_data_format() == "channels_first":
    x_train = x_train.reshape(x_train.shape[0], 1, 28, 28)
    x_test = x_test.reshape(x_test.shape[0], 1, 28, 28)
    input_shape = (1, 28, 28)
else:
    x_train = x_train.reshape(x_train.shape[0], 28, 28, 1)
    x_test = x_test.reshape(x_test.shape[0], 28, 28, 1)
    input_shape = (28, 28, 1)
x_train = x_train.astype("float32") / 255  # 归一化
x_test = x_test.astype("float32") / 255
y_train = np_utils.to_categorical(y_train, 10)
y_test_cat = np_utils.to_categorical(y_test, 10)

# 定义网络结构
model = Sequential()
model.add(Conv2D(16, kernel_size=(3, 3), activation="relu", input_shape=input_shape))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Conv2D(16, (3, 3), activation="relu"))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(64, activation="relu"))
model.add(Dropout(0.3))
model.add(Dense(10, activation="softmax"))
model.summary()
model.compile(
    loss=keras.losses.categorical_crossentropy,
    optimizer=keras.optimizers.Adam(lr=0.003),
    metrics=["accuracy"],
)
checkpoint = ModelCheckpoint(
    "best.h5", monitor="val_acc", verbose=1, save_best_only=True, mode="max"
)
reduce_lr = ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=2, verbose=1)
model.fit(
    x_train,
    y_train,
    batch_size=64,
    epochs=4,
    verbose=2,
    validation_data=(x_test, y_test_cat),
    callbacks=[checkpoint, reduce_lr],
)
del model
graph = tf.get_default_graph()
with graph.as_default():
    model = load_model("best.h5")
    y_pred = model.predict_classes(x_test)
score = float(np.mean(y_pred == y_test))
K.clear_session()
