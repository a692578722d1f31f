"""Keras 2 (2016 to 2019): neural style transfer with K.gradients and L-BFGS."""

import time

import numpy as np
from keras import backend as K
from keras.layers import Conv2D, Input, MaxPooling2D
from keras.models import Model
from scipy.optimize import fmin_l_bfgs_b

np.random.seed(1)
img_nrows = img_ncols = 16
content_weight, style_weight, total_variation_weight = 0.025, 1.0, 1e-3
base = np.random.uniform(0, 255, (1, img_nrows, img_ncols, 3)).astype("float32")
style = np.tile(np.array([255.0, 0.0], "float32"), (1, 16, 3, 8)).transpose(0, 1, 3, 2)

base_image = K.variable(base / 255 - 0.5)
style_reference_image = K.variable(style / 255 - 0.5)
if K.image_data_format() == "channels_first":
    combination_image = K.placeholder((1, 3, img_nrows, img_ncols))
else:
    combination_image = K.placeholder((1, img_nrows, img_ncols, 3))

# combine the 3 images into a single Keras tensor
input_tensor = K.concatenate(
    [base_image, style_reference_image, combination_image], axis=0
)
x = Input(tensor=input_tensor)
y = Conv2D(8, (3, 3), activation="relu", padding="same", name="block1_conv1")(x)
y = MaxPooling2D((2, 2))(y)
y = Conv2D(8, (3, 3), activation="relu", padding="same", name="block2_conv1")(y)
model = Model(x, y)
outputs_dict = dict([(layer.name, layer.output) for layer in model.layers])


def gram_matrix(x):
    assert K.ndim(x) == 3
    if K.image_data_format() == "channels_first":
        features = K.batch_flatten(x)
    else:
        features = K.batch_flatten(K.permute_dimensions(x, (2, 0, 1)))
    return K.dot(features, K.transpose(features))


def style_loss(style, combination):
    S, C = gram_matrix(style), gram_matrix(combination)
    size = img_nrows * img_ncols
    return K.sum(K.square(S - C)) / (4.0 * (3**2) * (size**2))


def content_loss(base, combination):
    return K.sum(K.square(combination - base))


def total_variation_loss(x):
    assert K.ndim(x) == 4
    a = K.square(
        x[:, : img_nrows - 1, : img_ncols - 1, :] - x[:, 1:, : img_ncols - 1, :]
    )
    b = K.square(
        x[:, : img_nrows - 1, : img_ncols - 1, :] - x[:, : img_nrows - 1, 1:, :]
    )
    return K.sum(K.pow(a + b, 1.25))


loss = K.variable(0.0)
layer_features = outputs_dict["block2_conv1"]
loss = loss + content_weight * content_loss(
    layer_features[0, :, :, :], layer_features[2, :, :, :]
)
for layer_name in ["block1_conv1", "block2_conv1"]:
    layer_features = outputs_dict[layer_name]
    sl = style_loss(layer_features[1, :, :, :], layer_features[2, :, :, :])
    loss = loss + (style_weight / 2) * sl
loss = loss + total_variation_weight * total_variation_loss(combination_image)

grads = K.gradients(loss, combination_image)
outputs = [loss]
if isinstance(grads, (list, tuple)):
    outputs += grads
else:
    outputs.append(grads)
f_outputs = K.function([combination_image], outputs)


def eval_loss_and_grads(x):
    x = x.reshape((1, img_nrows, img_ncols, 3))
    outs = f_outputs([x])
    loss_value = outs[0]
    if len(outs[1:]) == 1:
        grad_values = outs[1].flatten().astype("float64")
    else:
        grad_values = np.array(outs[1:]).flatten().astype("float64")
    return loss_value, grad_values


class Evaluator(object):
    def __init__(self):
        self.loss_value = None
        self.grad_values = None

    def loss(self, x):
        assert self.loss_value is None
        loss_value, grad_values = eval_loss_and_grads(x)
        self.loss_value = loss_value
        self.grad_values = grad_values
        return self.loss_value

    def grads(self, x):
        assert self.loss_value is not None
        grad_values = np.copy(self.grad_values)
        self.loss_value = None
        self.grad_values = None
        return grad_values


evaluator = Evaluator()
x = (base / 255 - 0.5).astype("float64")
first = evaluator.loss(x)
evaluator.grads(x)
for i in range(2):
    start_time = time.time()
    x, min_val, info = fmin_l_bfgs_b(
        evaluator.loss, x.flatten(), fprime=evaluator.grads, maxfun=10
    )
    print("Current loss value:", min_val)
score = float(min_val / first)
