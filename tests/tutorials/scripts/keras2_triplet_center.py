# Triplet loss with a shared base, and a center loss head: as GitHub gists of 2018 write them
import numpy as np
import keras
from keras.models import Model
from keras.layers import Input, Dense, Lambda, concatenate, Embedding
from keras import backend as K
from keras import optimizers

np.random.seed(0)
embedding_size = 4
y = np.arange(300) % 3
x = np.eye(3)[y].repeat(4, axis=1) + np.random.randn(300, 12) * 0.4


def triplet_loss(y_true, y_pred, alpha=0.4):
    """y_pred: the three embeddings side by side"""
    total_lenght = y_pred.shape.as_list()[-1]
    anchor = y_pred[:, 0 : int(total_lenght * 1 / 3)]
    positive = y_pred[:, int(total_lenght * 1 / 3) : int(total_lenght * 2 / 3)]
    negative = y_pred[:, int(total_lenght * 2 / 3) : int(total_lenght * 3 / 3)]
    pos_dist = K.sum(K.square(anchor - positive), axis=1)
    neg_dist = K.sum(K.square(anchor - negative), axis=1)
    basic_loss = pos_dist - neg_dist + alpha
    loss = K.maximum(basic_loss, 0.0)
    return loss


def create_base_network(shape):
    inp = Input(shape=shape)
    h = Dense(16, activation="relu")(inp)
    out = Dense(embedding_size)(h)
    out = Lambda(lambda v: K.l2_normalize(v, axis=-1))(out)
    return Model(inputs=inp, outputs=out, name="base")


base = create_base_network((12,))
anchor_input = Input((12,), name="anchor_input")
positive_input = Input((12,), name="positive_input")
negative_input = Input((12,), name="negative_input")
merged_vector = concatenate(
    [base(anchor_input), base(positive_input), base(negative_input)],
    axis=-1,
    name="merged_layer",
)
model = Model(
    inputs=[anchor_input, positive_input, negative_input], outputs=merged_vector
)
adam_optim = optimizers.Adam(lr=0.005, beta_1=0.9, beta_2=0.999)
model.compile(loss=triplet_loss, optimizer=adam_optim)
a = np.random.randint(0, 200, 600)
p = np.array([np.random.choice(np.where(y[:200] == y[i])[0]) for i in a])
n = np.array([np.random.choice(np.where(y[:200] != y[i])[0]) for i in a])
Y_dummy = np.empty((600, 3))
model.fit(
    [x[a], x[p], x[n]], y=np.zeros((600, 12)), batch_size=64, epochs=10, verbose=0
)
e = base.predict(x)
d = ((e[200:, None] - e[None, :200]) ** 2).sum(-1)
score_triplet = (y[:200][d.argmin(1)] == y[200:]).mean()

# center loss: a second output compares the feature with a learned center
input_image = Input(shape=(12,))
ip1 = Dense(8, activation="relu", name="ip1")(input_image)
ip2 = Dense(3, activation="softmax")(ip1)
input_target = Input(shape=(1,))
centers = Embedding(3, 8)(input_target)
l2_loss = Lambda(
    lambda t: K.sum(K.square(t[0] - t[1][:, 0]), 1, keepdims=True), name="l2_loss"
)([ip1, centers])
model_centerloss = Model(inputs=[input_image, input_target], outputs=[ip2, l2_loss])
model_centerloss.compile(
    optimizer=keras.optimizers.SGD(lr=0.05, momentum=0.9),
    loss=["categorical_crossentropy", lambda y_true, y_pred: y_pred],
    loss_weights=[1, 0.01],
    metrics={"dense_3": "accuracy"} if False else None,
)
random_y = np.random.rand(200, 1)
model_centerloss.fit(
    [x[:200], y[:200, None]],
    [keras.utils.np_utils.to_categorical(y[:200]), random_y],
    epochs=15,
    verbose=0,
)
prob = model_centerloss.predict([x[200:], y[200:, None]])[0]
score_center = (prob.argmax(1) == y[200:]).mean()
score = float(min(score_triplet, score_center))
print(score_triplet, score_center)
