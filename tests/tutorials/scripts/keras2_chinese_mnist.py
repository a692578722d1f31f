"""Keras 2 (2018): 手写数字识别, as a Chinese course writes it."""

import numpy as np
from keras.layers import Activation, BatchNormalization, Dense, Dropout
from keras.models import Sequential
from keras.optimizers import RMSprop
from keras.utils import to_categorical

# 读取数据
数据 = np.load("mnist.npz")
x_train, y_train = 数据["x_train"], 数据["y_train"]
x_test, y_test = 数据["x_test"], 数据["y_test"]
# 数据预处理：展平、归一化
x_train = x_train.reshape(x_train.shape[0], -1).astype("float32") / 255.0
x_test = x_test.reshape(x_test.shape[0], -1).astype("float32") / 255.0
# one-hot 编码
y_train = to_categorical(y_train, num_classes=10)
y_test = to_categorical(y_test, num_classes=10)

# 搭建神经网络
model = Sequential()
model.add(Dense(64, input_dim=784))
model.add(BatchNormalization())
model.add(Activation("relu"))
model.add(Dropout(0.2))
model.add(Dense(10))
model.add(Activation("softmax"))
# 定义优化器
rmsprop = RMSprop(learning_rate=0.002, rho=0.9, epsilon=1e-08)
model.compile(optimizer=rmsprop, loss="categorical_crossentropy", metrics=["accuracy"])
print("训练中……")
model.fit(x_train, y_train, epochs=15, batch_size=50, verbose=0)
print("测试中……")
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print("损失：", loss, "准确率：", accuracy)
score = accuracy
