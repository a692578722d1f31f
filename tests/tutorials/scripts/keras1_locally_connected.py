# 一维与二维的局部连接,Keras 1 中文教程写法
from keras.models import Sequential
from keras.layers import Dense, Flatten, Activation
from keras.layers.local import LocallyConnected2D
from keras.layers.convolutional import Convolution2D, MaxPooling2D, ZeroPadding2D
from keras.layers.normalization import BatchNormalization
from keras.layers.advanced_activations import PReLU
from keras.regularizers import l2, activity_l2
from keras.optimizers import SGD
from keras import backend as K
import numpy as np

K.set_image_dim_ordering("th")
rng = np.random.RandomState(0)
# 通道在前 (样本, 通道, 行, 列)
X = rng.normal(size=(500, 1, 10, 10)).astype("float32") * 0.3
y = rng.randint(0, 2, 500)
X[y == 0, 0, 2:4, :] += 1
X[y == 1, 0, :, 6:8] += 1

model = Sequential()
model.add(ZeroPadding2D((1, 1), input_shape=(1, 10, 10)))
model.add(Convolution2D(8, 3, 3, W_regularizer=l2(1e-4)))
model.add(BatchNormalization(axis=1, mode=0))
model.add(PReLU())
model.add(MaxPooling2D(pool_size=(2, 2), dim_ordering="th"))
model.add(LocallyConnected2D(4, 3, 3))
model.add(Activation("relu"))
model.add(Flatten())
model.add(
    Dense(
        16,
        W_regularizer=l2(0.01),
        activity_regularizer=activity_l2(0.001),
        activation="tanh",
    )
)
model.add(Dense(1, activation="sigmoid"))
print(model.summary())
sgd = SGD(lr=0.05, decay=1e-6, momentum=0.9, nesterov=True)
model.compile(
    loss="binary_crossentropy", optimizer=sgd, class_mode="binary", metrics=["accuracy"]
)
hist = model.fit(X, y, batch_size=32, nb_epoch=8, validation_split=0.2, shuffle=True)
print(hist.history["val_acc"])
score = hist.history["val_acc"][-1]
classes = model.predict_classes(X, batch_size=32)
proba = model.predict_proba(X, batch_size=32)
K.set_image_dim_ordering("tf")
