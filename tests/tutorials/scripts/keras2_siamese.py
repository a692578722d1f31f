"""Keras 2 (2018): Siamese network with Lambda, contrastive loss, one shared base."""

import numpy as np
from keras import backend as K
from keras.layers import Dense, Input, Lambda
from keras.models import Model

rng = np.random.RandomState(0)
centres = rng.normal(scale=2.0, size=(4, 10))
kinds = np.arange(120) % 4
points = centres[kinds] + rng.normal(scale=0.2, size=(120, 10))
first = rng.randint(0, 120, size=600)
second = np.where(np.arange(600) % 2, rng.randint(0, 120, size=600), (first + 4) % 120)
same = (kinds[first] == kinds[second]).astype("float32")


def euclidean_distance(vects):
    x, y = vects
    sum_square = K.sum(K.square(x - y), axis=1, keepdims=True)
    return K.sqrt(K.maximum(sum_square, K.epsilon()))


def eucl_dist_output_shape(shapes):
    shape1, shape2 = shapes
    return (shape1[0], 1)


def contrastive_loss(y_true, y_pred):
    margin = 1
    margin_square = K.square(K.maximum(margin - y_pred, 0))
    return K.mean(y_true * K.square(y_pred) + (1 - y_true) * margin_square)


shape = Input(shape=(10,))
base_network = Model(shape, Dense(8, activation="relu")(shape))
input_a = Input(shape=(10,))
input_b = Input(shape=(10,))
distance = Lambda(euclidean_distance, output_shape=eucl_dist_output_shape)(
    [base_network(input_a), base_network(input_b)]
)
model = Model([input_a, input_b], distance)
model.compile(loss=contrastive_loss, optimizer="adam")
model.fit([points[first], points[second]], same, batch_size=32, epochs=40, verbose=0)
y_pred = model.predict([points[first], points[second]])
score = np.mean((y_pred.ravel() < 0.5) == same)
