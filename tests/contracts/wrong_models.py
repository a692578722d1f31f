"""Wrong models as students write them, and the exact message that each gets.

`X` is (8, 5), `Y` (8, 3), `PICTURES` (8, 6, 6, 1), all of float32; `small(...)` is a
compiled model from 5 features to 3.
"""

from typing import NamedTuple


class Wrong(NamedTuple):
    """Code of one mistake, the kind of error, and its whole message."""

    code: str
    error: type
    message: str


WRONG = [
    # Arguments of layers.
    Wrong(
        'Dense("10")',
        ValueError,
        "Dense(units='10'): units must be a positive integer. Write for example "
        "Dense(units=10).",
    ),
    Wrong(
        "Dense(10.5)",
        ValueError,
        "Dense(units=10.5): units must be a positive integer. Write for example "
        "Dense(units=10).",
    ),
    Wrong(
        "Dense(units=0)",
        ValueError,
        "Dense(units=0): units must be a positive integer. Write for example "
        "Dense(units=32).",
    ),
    Wrong(
        "Dense()",
        TypeError,
        "Dense needs units. Write Dense(32).",
    ),
    Wrong(
        'Dense(10, activaton="relu")',
        TypeError,
        "Dense has no argument 'activaton'. Did you mean 'activation'? Write "
        "Dense(10, activation='relu').",
    ),
    Wrong(
        "Dense(10, kernel_size=3)",
        TypeError,
        "Dense has no argument 'kernel_size'. It takes: units, activation, "
        "use_bias, kernel_initializer, bias_initializer, kernel_regularizer, "
        "bias_regularizer, activity_regularizer, kernel_constraint, "
        "bias_constraint, lora_rank, lora_alpha, quantization_config, trainable, "
        "dtype, autocast, name, input_shape, batch_input_shape, batch_size, "
        "weights. Write Dense(10).",
    ),
    Wrong(
        'Dense(10, activation="rellu")',
        ValueError,
        "Dense: Unknown activation 'rellu'. Did you mean 'relu' or 'relu6' or "
        "'elu'? Write Dense(10, activation='relu').",
    ),
    Wrong(
        "Dense(10, activation=3)",
        ValueError,
        "3 is not a valid activation. Give a name such as 'relu', a function or an "
        "instance.",
    ),
    Wrong(
        'Dense(10, kernel_initializer="glorot_unifrm")',
        ValueError,
        "Dense: Unknown initializer 'glorot_unifrm'. Did you mean "
        "'glorot_uniform' or 'GlorotUniform' or 'glorot_normal'? Write Dense(10, "
        "kernel_initializer='glorot_uniform').",
    ),
    Wrong(
        'Dense(10, kernel_regularizer="L3")',
        ValueError,
        "Unknown regularizer 'L3'. Known: L1, L1L2, L2, OrthogonalRegularizer.",
    ),
    Wrong(
        'Dense(10, dtype="float23")',
        TypeError,
        "dtype='float23' is none of float32, float16, bfloat16, float64, "
        "mixed_bfloat16, int32. Write dtype='float32'.",
    ),
    Wrong(
        'Dense(10, name="a/b")',
        ValueError,
        "Dense(name='a/b'): a name must be a non-empty string without '/' and zero "
        "bytes. Write for example name='a_b'.",
    ),
    Wrong(
        'Dense(10, name="a\\0b")',
        ValueError,
        "Dense(name='a\\x00b'): a name must be a non-empty string without '/' and zero "
        "bytes. Write for example name='a_b'.",
    ),
    Wrong(
        'Activation("sofmax")',
        ValueError,
        "Activation: Unknown activation 'sofmax'. Did you mean 'softmax' or "
        "'log_softmax'? Write Activation('softmax').",
    ),
    Wrong(
        "Conv2D(32)",
        TypeError,
        "Conv2D needs kernel_size. Write Conv2D(32, 3).",
    ),
    Wrong(
        "Conv2D(-3, 3)",
        ValueError,
        "Conv2D(filters=-3): filters must be a positive integer. Write for "
        "example Conv2D(filters=32).",
    ),
    Wrong(
        "Conv2D(32, 0)",
        ValueError,
        "Conv2D(kernel_size=0): kernel_size must be an integer or 2 of them, each "
        "at least 1. Write for example Conv2D(kernel_size=(3, 3)).",
    ),
    Wrong(
        "Conv2D(32, (3, 3, 3))",
        ValueError,
        "Conv2D(kernel_size=(3, 3, 3)): kernel_size must be an integer or 2 of "
        "them, each at least 1. Write for example Conv2D(kernel_size=(3, 3)).",
    ),
    Wrong(
        "Conv2D(32, 3, strides=0)",
        ValueError,
        "Conv2D(strides=0): strides must be an integer or 2 of them, each at "
        "least 1. Write for example Conv2D(strides=(2, 2)).",
    ),
    Wrong(
        'Conv2D(32, 3, padding="smae")',
        ValueError,
        "Conv2D(padding='smae'): padding must be one of 'valid', 'same'. Write "
        "for example Conv2D(padding='same'). Did you mean 'same'?",
    ),
    Wrong(
        'Conv2D(32, 3, data_format="last")',
        ValueError,
        "Conv2D(data_format='last'): data_format must be one of 'channels_last', "
        "'channels_first'. Write for example Conv2D(data_format='channels_last').",
    ),
    Wrong(
        "Conv2D(9, 3, groups=2)",
        ValueError,
        "Conv2D(filters=9, groups=2): groups must divide filters evenly. "
        "Write for example Conv2D(filters=10, groups=2).",
    ),
    Wrong(
        "MaxPooling2D(0)",
        ValueError,
        "MaxPooling2D(pool_size=0): pool_size must be an integer or 2 of them, "
        "each at least 1. Write for example MaxPooling2D(pool_size=(2, 2)).",
    ),
    Wrong(
        "MaxPooling2D(0.5)",
        ValueError,
        "MaxPooling2D(pool_size=0.5): pool_size must be an integer or 2 of them, "
        "each at least 1. Write for example MaxPooling2D(pool_size=(2, 2)).",
    ),
    Wrong(
        "Dropout(50)",
        ValueError,
        "Dropout(rate=50): rate must be a number from 0 to 1. Write for example "
        "Dropout(rate=0.5).",
    ),
    Wrong(
        'Dropout("half")',
        ValueError,
        "Dropout(rate='half'): rate must be a number from 0 to 1. Write for "
        "example Dropout(rate=0.5).",
    ),
    Wrong(
        "Embedding(100)",
        TypeError,
        "Embedding needs output_dim. Write Embedding(100, 16).",
    ),
    Wrong(
        'Rescaling("1/255")',
        ValueError,
        "Rescaling(scale='1/255'): scale must be a number, not a string. Write for "
        "example Rescaling(scale=1 / 255).",
    ),
    Wrong(
        "Reshape((-1, -1))",
        ValueError,
        "Reshape(target_shape=(-1, -1)): target_shape must be integers without the "
        "batch axis, at most one of them -1. Write for example Reshape((28, 28, 1)).",
    ),
    Wrong(
        "Permute((0, 1))",
        ValueError,
        "Permute(dims=(0, 1)): dims must contain each of 1, 2, ... once (the batch "
        "axis 0 stays first). Write for example Permute((2, 1)).",
    ),
    Wrong(
        "UpSampling2D(0)",
        ValueError,
        "UpSampling2D(size=0): size must be an integer or 2 of them, each at "
        "least 1. Write for example UpSampling2D(size=(2, 2)).",
    ),
    Wrong(
        "Cropping2D(-1)",
        ValueError,
        "Cropping2D(cropping=-1): cropping must be an integer of at least 0, or 2 "
        "of them, or as many pairs. Write for example Cropping2D(cropping=((1, "
        "2), (0, 0))).",
    ),
    Wrong(
        'Lambda("x / 255")',
        ValueError,
        "Lambda('x / 255'): needs a function. Write for example Lambda(lambda x: x "
        "/ 255).",
    ),
    Wrong(
        "TimeDistributed(Dense)",
        ValueError,
        "TimeDistributed(layer=Dense): layer must be a ready layer. Write for example "
        "TimeDistributed(layer=Dense(8)).",
    ),
    Wrong(
        'LeakyReLU("a")',
        ValueError,
        "LeakyReLU(negative_slope='a'): negative_slope must be a number of at "
        "least 0. Write for example LeakyReLU(negative_slope=0.3).",
    ),
    Wrong(
        "layers.Dence(3)",
        AttributeError,
        "module 'nbkeras.layers' has no attribute 'Dence'. Did you mean 'Dense' "
        "or 'dense'?",
    ),
    Wrong(
        "layers.Conv2d(32, 3)",
        AttributeError,
        "module 'nbkeras.layers' has no attribute 'Conv2d'. Did you mean 'Conv2D' "
        "or 'Conv3D' or 'Conv1D'?",
    ),
    Wrong(
        "Input((-1, 28))",
        ValueError,
        "Input got the shape (None, -1, 28): sizes must be integers, or None for "
        "unknown ones. Write for example Input(shape=(28, 28, 1)).",
    ),
    Wrong(
        "Input()",
        ValueError,
        "Input() needs the shape of one sample. Write for example "
        "Input(shape=(28, 28, 1)).",
    ),
    # Shapes that cannot be.
    Wrong(
        "Sequential([Input((4, 4, 1)), Conv2D(8, 5)])",
        ValueError,
        "Conv2D 'conv2d' got (None, 4, 4, 1) and needs at least 5 x 5 pixels for "
        "kernel_size=(5, 5). Write Conv2D(8, 5, padding='same'), or a smaller "
        "kernel_size, or remove a pooling layer before it.",
    ),
    Wrong(
        "Sequential([Input((8, 8, 3)), MaxPooling2D(4), Conv2D(8, 3, "
        'activation="relu")])',
        ValueError,
        "Conv2D 'conv2d' got (None, 2, 2, 3) and needs at least 3 x 3 pixels for "
        "kernel_size=(3, 3). Write Conv2D(8, 3, padding='same', activation='relu'), "
        "or a smaller kernel_size, or remove a pooling layer before it.",
    ),
    Wrong(
        "Sequential([Input((4, 4, 1)), MaxPooling2D(), MaxPooling2D(), "
        "MaxPooling2D()])",
        ValueError,
        "MaxPooling2D 'max_pooling2d_2' got (None, 1, 1, 1) and needs at least 2 "
        "x 2 pixels for pool_size=(2, 2). Write MaxPooling2D(padding='same'), or "
        "a smaller pool_size, or remove a pooling layer before it.",
    ),
    Wrong(
        "Sequential([Input((28, 28)), Conv2D(8, 3)])",
        ValueError,
        "Conv2D 'conv2d' got (None, 28, 28) and needs 4 axes, (batch, height, "
        "width, channels). Write Input((28, 28, 1)) for x[..., None], or "
        "Reshape((28, 28, 1)) before it.",
    ),
    Wrong(
        "Sequential([Input((784,)), Conv2D(8, 3)])",
        ValueError,
        "Conv2D 'conv2d' got (None, 784) and needs 4 axes, (batch, height, width, "
        "channels). Write Reshape((28, 28, 1)) before it, or move Flatten() after it.",
    ),
    Wrong(
        "Sequential([Input((28, 28, 1)), Flatten(), Conv2D(8, 3)])",
        ValueError,
        "Conv2D 'conv2d' got (None, 784) and needs 4 axes, (batch, height, width, "
        "channels). Write Reshape((28, 28, 1)) before it, or move Flatten() after it.",
    ),
    Wrong(
        "Sequential([Input((28, 28, 1)), Conv1D(8, 3)])",
        ValueError,
        "Conv1D 'conv1d' got (None, 28, 28, 1) and needs 3 axes, (batch, steps, "
        "channels). Write Conv2D(8, 3).",
    ),
    Wrong(
        "Sequential([Input((None, 28, 28, 1)), Conv2D(8, 3)])",
        ValueError,
        "Conv2D 'conv2d' got (None, None, 28, 28, 1) and needs 4 axes, (batch, "
        "height, width, channels). Write Input((28, 28, 1)) without the batch "
        "axis.",
    ),
    Wrong(
        "Sequential([Input((3, 32, 32)), Conv2D(8, 5)])",
        ValueError,
        "Conv2D 'conv2d' got (None, 3, 32, 32) and needs at least 5 x 5 pixels "
        "for kernel_size=(5, 5). Write Input((32, 32, 3)) for np.moveaxis(x, 1, "
        "-1), or data_format='channels_first' in each layer.",
    ),
    Wrong(
        "Sequential([Input((8, 8, 3)), Conv2D(8, 3, groups=2)])",
        ValueError,
        "Conv2D 'conv2d' got (None, 8, 8, 3) and needs a number of channels "
        "divisible by groups=2, not 3. Write Conv2D(8, 3), or groups=1.",
    ),
    Wrong(
        "Sequential([Input((10,)), GlobalAveragePooling2D()])",
        ValueError,
        "GlobalAveragePooling2D 'global_average_pooling2d' got (None, 10) and "
        "needs 4 axes, (batch, height, width, channels). Write the model without "
        "it: a vector needs no pooling.",
    ),
    Wrong(
        "Sequential([Input((10,)), Dense(4), MaxPooling2D()])",
        ValueError,
        "MaxPooling2D 'max_pooling2d' got (None, 4) and needs 4 axes, (batch, height, "
        "width, channels). Write Reshape((2, 2, 1)) before it, or move Flatten() "
        "after it.",
    ),
    Wrong(
        "Sequential([Input((2, 2, 3)), SeparableConv2D(8, 3)])",
        ValueError,
        "SeparableConv2D 'separable_conv2d' got (None, 2, 2, 3) and needs at least 3 "
        "x 3 pixels for kernel_size=(3, 3). Write SeparableConv2D(8, 3, "
        "padding='same'), or a smaller kernel_size, or remove a pooling layer before "
        "it.",
    ),
    Wrong(
        "Sequential([Input((100,)), Conv2DTranspose(8, 3)])",
        ValueError,
        "Conv2DTranspose 'conv2d_transpose' got (None, 100) and needs 4 axes, "
        "(batch, height, width, channels). Write Reshape((10, 10, 1)) before it, "
        "or move Flatten() after it.",
    ),
    Wrong(
        "Sequential([Input((10,)), Reshape((3, 4))])",
        ValueError,
        "Reshape 'reshape' got (None, 10) and needs 12 values per sample for (3, 4), "
        "not 10. Write Reshape((10,)).",
    ),
    Wrong(
        "Sequential([Input((784,)), Reshape((28, 28, 3))])",
        ValueError,
        "Reshape 'reshape' got (None, 784) and needs 2352 values per sample for (28, "
        "28, 3), not 784. Write Reshape((28, 28, 1)).",
    ),
    Wrong(
        "Sequential([Input((10,)), Reshape((3, -1))])",
        ValueError,
        "Reshape 'reshape' got (None, 10) and needs a multiple of 3 values per sample "
        "for (3, -1), not 10. Write Reshape((10,)).",
    ),
    Wrong(
        "Sequential([Input((10,)), Permute((2, 1))])",
        ValueError,
        "Permute 'permute' got (None, 10) and needs 3 axes, (batch, steps, "
        "channels). Write Permute((1,)).",
    ),
    Wrong(
        "Sequential([Input((10, 3)), RepeatVector(3)])",
        ValueError,
        "RepeatVector 'repeat_vector' got (None, 10, 3) and needs 2 axes, (batch, "
        "features). Write Flatten() before it, or GlobalAveragePooling1D().",
    ),
    Wrong(
        "Sequential([Input((4, 4, 1)), Cropping2D(2)])",
        ValueError,
        "Cropping2D 'cropping2d' got (None, 4, 4, 1) and needs more than 4 on "
        "axis 1 for ((2, 2), (2, 2)). Write Cropping2D(1), or give larger input.",
    ),
    Wrong(
        "Sequential([Input((8, 8, 3)), BatchNormalization(axis=4)])",
        ValueError,
        "BatchNormalization 'batch_normalization' got (None, 8, 8, 3) and needs "
        "an axis from -3 to 3, not 4. Write BatchNormalization().",
    ),
    Wrong(
        "Sequential([Input((8,)), LayerNormalization(axis=2)])",
        ValueError,
        "LayerNormalization 'layer_normalization' got (None, 8) and needs an axis "
        "from -1 to 1, not 2. Write LayerNormalization().",
    ),
    Wrong(
        "Sequential([Input((8, 8, 3)), GroupNormalization(groups=2)])",
        ValueError,
        "GroupNormalization 'group_normalization' got (None, 8, 8, 3) and needs "
        "a number of channels divisible by groups=2, not 3. Write "
        "GroupNormalization(groups=1), or one of 1, 3 or -1.",
    ),
    Wrong(
        "Sequential([Input((8,)), Softmax(axis=3)])",
        ValueError,
        "Softmax 'softmax' got (None, 8) and needs an axis from -1 to 1, not 3. "
        "Write Softmax().",
    ),
    Wrong(
        "Sequential([Input((None, None, 3)), Flatten(), Dense(3)])",
        ValueError,
        "Dense 'dense' got (None, None) and needs sizes that are not left open. Write "
        "all sizes in Input(shape=(28, 28, 1)), or GlobalAveragePooling2D() instead "
        "of Flatten().",
    ),
    Wrong(
        "Sequential([Input(()), Dense(3)])",
        ValueError,
        "Dense 'dense' got (None,) and needs at least 2 axes. Write x[:, None] "
        "before it, or Input(shape=(1,)).",
    ),
    # Tensors and layers in each other's place.
    Wrong(
        'a = Input((3,), name="a"); b = Input((4,), name="b"); Add()([a, b])',
        ValueError,
        "Add 'add' got (None, 3) from 'a' (InputLayer) and (None, 4) from 'b' "
        "(InputLayer) and needs equal sizes, or 1, on each axis. Write Dense(3) "
        "before the second, or Concatenate()([x, y]).",
    ),
    Wrong(
        'a = Input((3,), name="a"); b = Input((4,), name="b"); a + b',
        ValueError,
        "Operation 'add' got (None, 3) and (None, 4) and needs equal sizes, or 1, "
        "on each axis. Write Dense(3) before the second, or Concatenate()([x, "
        "y]).",
    ),
    Wrong(
        'a = Input((4, 4, 3), name="a"); b = Input((4, 4, 8), name="b"); Add()([a, b])',
        ValueError,
        "Add 'add' got (None, 4, 4, 3) from 'a' (InputLayer) and (None, 4, 4, 8) "
        "from 'b' (InputLayer) and needs equal sizes, or 1, on each axis. Write "
        "Dense(3) before the second, or Concatenate()([x, y]).",
    ),
    Wrong(
        'a = Input((4, 4, 3), name="a"); b = Input((5, 4, 3), name="b"); '
        "Concatenate()([a, b])",
        ValueError,
        "Concatenate 'concatenate' got (None, 4, 4, 3) from 'a' (InputLayer) and "
        "(None, 5, 4, 3) from 'b' (InputLayer) and needs equal sizes on axis 1 to "
        "concatenate them on 3. Write Concatenate(axis=1)([x, y]), or crop or pool one "
        "of them.",
    ),
    Wrong(
        'a = Input((4,), name="a"); b = Input((5, 4, 3), name="b"); '
        "Concatenate()([a, b])",
        ValueError,
        "Concatenate 'concatenate' got (None, 4) from 'a' (InputLayer) and (None, "
        "5, 4, 3) from 'b' (InputLayer) and needs equal numbers of axes. Write "
        "Concatenate()([Flatten()(x), Flatten()(y)]), or a global pooling on the "
        "one with more.",
    ),
    Wrong(
        'a = Input((4,), name="a"); b = Input((5,), name="b"); '
        "Concatenate(axis=2)([a, b])",
        ValueError,
        "Concatenate 'concatenate' got (None, 4) from 'a' (InputLayer) and (None, "
        "5) from 'b' (InputLayer) and needs an axis from 1 to 1, not 2. Write "
        "Concatenate()([x, y]).",
    ),
    Wrong(
        'a = Input((3,), name="a"); b = Input((4,), name="b"); Dot(axes=1)([a, b])',
        ValueError,
        "Dot 'dot' got (None, 3) from 'a' (InputLayer) and (None, 4) from 'b' "
        "(InputLayer) and needs axis 1 of the first and 1 of the second equal. "
        "Write Dense(3) before the second.",
    ),
    Wrong(
        'a = Input((3,), name="a"); Subtract()([a, a, a])',
        ValueError,
        "Subtract 'subtract' got (None, 3) and (None, 3) and (None, 3) and needs "
        "a list of exactly 2 tensors. Write Subtract()([x, y]).",
    ),
    Wrong(
        'a = Input((3,), name="a"); Add()(a)',
        ValueError,
        "Add 'add' got (None, 3) and needs a list of tensors, not one tensor "
        "alone. Write Add()([x, y]).",
    ),
    Wrong(
        'a = Input((3,), name="a"); Add()(a, a)',
        ValueError,
        "Add 'add' got (None, 3) and (None, 3) and needs a list of tensors, not 2 "
        "arguments. Write Add()([x, y]).",
    ),
    Wrong(
        'a = Input((3,), name="a"); Add()([a, np.ones(3)])',
        TypeError,
        "Add got a list of SymbolicTensor and ndarray. Give symbolic tensors "
        "only; for a constant write an operator, x + constant.",
    ),
    Wrong(
        'a = Input((3,), name="a"); b = Input((4,), name="b"); Dense(3)([a, b])',
        ValueError,
        "Dense 'dense' got (None, 3) and (None, 4) and needs one input, not a "
        "list of 2. Write Dense(3)(Concatenate()([x, y])), or call it on each of "
        "them.",
    ),
    Wrong(
        'a = Input((3,), name="a"); Flatten(a)',
        TypeError,
        "Flatten got the tensor 'a' as an argument; create the layer first, then call "
        "it on the tensor. Write Flatten()(x).",
    ),
    Wrong(
        'a = Input((3,), name="a"); Dense(3, a)',
        TypeError,
        "Dense got the tensor 'a' as an argument; create the layer first, then call "
        "it on the tensor. Write Dense(3)(x).",
    ),
    Wrong(
        'a = Input((3,), name="a"); Dense(1)(Flatten())',
        TypeError,
        "Dense 'dense' was called on the layer Flatten; it needs data or the "
        "output of a layer. Write Dense(1)(Flatten()(x)).",
    ),
    Wrong(
        'a = Input((3,), name="a"); Dense(1)(Flatten)',
        TypeError,
        "Dense 'dense' was called on the layer Flatten; it needs data or the "
        "output of a layer. Write Dense(1)(Flatten()(x)).",
    ),
    Wrong(
        'Dense(3)("x")',
        TypeError,
        "Dense 'dense' was called on 'x'; it needs data or the output of a layer. "
        "Write Dense(3)(x).",
    ),
    Wrong(
        'a = Input((3,), name="a"); Model(a, Dense(1))',
        TypeError,
        "Model(outputs=...) got Dense; it needs symbolic tensors. For the output "
        "of a layer write Dense(1)(x). Write for example x = Input(shape=(4,)); "
        "model = Model(inputs=x, outputs=Dense(2)(x)).",
    ),
    Wrong(
        'a = Input((3,), name="a"); b = Input((3,), name="b"); Model(a, Dense(1)(b))',
        ValueError,
        "Graph disconnected: the output (None, 1) from 'dense' (Dense) needs the "
        "Input (None, 3) from 'b' (InputLayer), which is not among the inputs "
        "given: (None, 3) from 'a' (InputLayer). Write Model(inputs=[...], "
        "outputs=...) with every Input that the outputs were made from.",
    ),
    Wrong(
        'a = Input((3,), name="a"); x = Dense(3, name="d")(a); Model(a, Dense(3, '
        'name="d")(x))',
        ValueError,
        "Two layers are called 'd' (Dense and Dense). All names in a model must "
        "differ: write for example name='d_2'.",
    ),
    Wrong(
        "Model(X, Y)",
        TypeError,
        "Model(inputs=...) got ndarray; it needs symbolic tensors. Data is given "
        "to fit and predict, not to Model. Write for example x = "
        "Input(shape=(4,)); model = Model(inputs=x, outputs=Dense(2)(x)).",
    ),
    # What is put into a Sequential.
    Wrong(
        "Sequential([Input((3, 3)), Flatten, Dense(3)])",
        TypeError,
        "add() got the class Flatten; it needs a layer. Write model.add(Flatten()).",
    ),
    Wrong(
        "Sequential([Input((3,)), Dense])",
        TypeError,
        "add() got the class Dense; it needs a layer. Write model.add(Dense(32)).",
    ),
    Wrong(
        'Sequential(["Dense"])',
        TypeError,
        "add() got the text 'Dense'; it needs a layer. Write model.add(Dense(32)).",
    ),
    Wrong(
        "Sequential([64, 10])",
        TypeError,
        "add() got the number 64; it needs a layer. Write model.add(Dense(64)).",
    ),
    Wrong(
        "Sequential([[Dense(3)]])",
        TypeError,
        "add() got a list; it needs a layer. Write model.add(layer) for each "
        "layer in it, or Sequential(layers).",
    ),
    Wrong(
        "Sequential([Input((3,)), np.tanh])",
        TypeError,
        "add() got a function; it needs a layer. Write model.add(Lambda(tanh)).",
    ),
    Wrong(
        "Sequential([Input((3,)), None])",
        TypeError,
        "add() got NoneType; it needs a layer. Write model.add(Dense(32)).",
    ),
    Wrong(
        "Sequential(Dense(3), Dense(4))",
        TypeError,
        "Sequential takes its layers as one list. Write Sequential([Dense(3), "
        "Dense(4)]).",
    ),
    Wrong(
        "Sequential([Input((3,)), Dense(3), Input((3,))])",
        ValueError,
        "An Input must come first in a Sequential, and this model has one of "
        "shape (None, 3). Leave this one out.",
    ),
    Wrong(
        'Sequential([Dense(3, name="d"), Dense(3, name="d")])',
        ValueError,
        "Two layers are called 'd'. All names in a Sequential must differ: write "
        "for example name='d_2'.",
    ),
    Wrong(
        "d = Dense(3); Sequential([d, d])",
        ValueError,
        "The layer 'dense' is already in this model. Create a second one: "
        "model.add(Dense(...)).",
    ),
    Wrong(
        'a = Input((3,), name="a"); Sequential([a, Dense(3)(a)])',
        TypeError,
        "add() got the output of the layer 'dense'; it needs a layer. The only tensor "
        "that a Sequential accepts is an Input(...).",
    ),
    # compile.
    Wrong(
        'small(optimizer="adm")',
        ValueError,
        "model.compile: Unknown optimizer 'adm'. Did you mean 'adam' or 'nadam' "
        "or 'adamw'? Write model.compile(optimizer='adam').",
    ),
    Wrong(
        'small(loss="categorical_crosentropy")',
        ValueError,
        "model.compile: Unknown loss 'categorical_crosentropy'. Did you mean "
        "'categorical_crossentropy' or 'CategoricalCrossentropy' or "
        "'categorical_focal_crossentropy'? Write "
        "model.compile(optimizer='rmsprop', loss='categorical_crossentropy').",
    ),
    Wrong(
        'small(loss="mse", metrics=["acuracy"])',
        ValueError,
        "model.compile: Unknown metric 'acuracy'. Did you mean 'accuracy' or "
        "'BinaryAccuracy' or 'binary_accuracy'? Write "
        "model.compile(optimizer='rmsprop', loss='mse', metrics=['accuracy']).",
    ),
    Wrong(
        'small(optimiser="adam", loss="mse")',
        TypeError,
        "compile has no argument 'optimiser'. Did you mean 'optimizer'? Write "
        "model.compile(optimizer='adam', ...).",
    ),
    Wrong(
        'small(loss="mse", lr=0.1)',
        TypeError,
        "compile has no argument 'lr'. It takes: optimizer, loss, metrics, "
        "loss_weights, weighted_metrics, run_eagerly, steps_per_execution, "
        "jit_compile, auto_scale_loss. Write "
        "model.compile(optimizer=Adam(learning_rate=0.1), ...).",
    ),
    Wrong(
        'small(loss="mse", epochs=3)',
        TypeError,
        "compile has no argument 'epochs'. It takes: optimizer, loss, metrics, "
        "loss_weights, weighted_metrics, run_eagerly, steps_per_execution, "
        "jit_compile, auto_scale_loss. Write model.fit(x, y, epochs=3).",
    ),
    Wrong(
        "optimizers.Adam(learning_rat=0.1)",
        TypeError,
        "Adam has no argument 'learning_rat'. Did you mean 'learning_rate'? Write "
        "Adam(learning_rate=0.1).",
    ),
    Wrong(
        'optimizers.Adam("fast")',
        ValueError,
        "Adam(learning_rate='fast'): learning_rate must be a number of at least "
        "0. Write for example Adam(learning_rate=0.001).",
    ),
    # fit.
    Wrong(
        "Sequential([Input((5,)), Dense(3)]).fit(X, Y)",
        RuntimeError,
        "fit needs a compiled model, and 'sequential' is not compiled. Write "
        "first: model.compile(optimizer='adam', loss='categorical_crossentropy', "
        "metrics=['accuracy']).",
    ),
    Wrong(
        'small(loss="mse").fit(X)',
        ValueError,
        "There is no y, and the loss needs targets. Write fit(x, y), or let the "
        "generator yield (x, y); flow_from_directory does so unless "
        "class_mode=None.",
    ),
    Wrong(
        'small(loss="mse").fit(X, Y, epoch=3)',
        TypeError,
        "fit has no argument 'epoch'. Did you mean 'epochs' or 'nb_epoch' or "
        "'keep_epochs'? It takes: x, y, batch_size, epochs, verbose, callbacks, "
        "validation_split, validation_data, shuffle, class_weight, sample_weight, "
        "initial_epoch, steps_per_epoch, validation_steps, validation_batch_size, "
        "validation_freq, keep_epochs, record.",
    ),
    Wrong(
        'small(loss="mse").fit(X, Y[:5])',
        ValueError,
        "The number of rows differs: x has 8, y has 5. Each array needs one row "
        "per example. Load x and y from the same rows; to use the first 5 only: "
        "x, y = x[:5], y[:5].",
    ),
    Wrong(
        'small(loss="mse").fit(X[:, :3], Y)',
        ValueError,
        "x has the shape (8, 3), and the model takes (None, 5) (the first axis "
        "counts the rows). It has 3 features, 5 are needed. Select the same "
        "columns as before, or build the model for Input((3,)).",
    ),
    Wrong(
        'small(loss="mse").fit(["a"] * 8, Y)',
        ValueError,
        "x holds text (found: 'a'); a model computes with numbers. If they are "
        "numbers written as text: x.astype('float32'). If they are categories, "
        "encode them, for example pandas.get_dummies(x).",
    ),
    Wrong(
        'small(loss="mse").fit(PICTURES, Y)',
        ValueError,
        "x has the shape (8, 6, 6, 1), and the model takes (None, 5) (the first "
        "axis counts the rows). It has 4 axes instead of 2: reshape it, or build "
        "the model for Input((6, 6, 1)).",
    ),
    Wrong(
        'small("softmax", loss="sparse_categorical_crossentropy").fit(X, '
        "np.arange(8) % 4)",
        ValueError,
        "y: labels run 0..3 but the last layer has 3 units (expects 0..2). Write "
        "Dense(4, activation='softmax') as the last layer, or number the classes "
        "without gaps: y = np.unique(y, return_inverse=True)[1].",
    ),
    Wrong(
        'small("softmax", loss="sparse_categorical_crossentropy").fit(X, '
        "np.eye(8)[:, :3])",
        ValueError,
        "y has the shape (8, 3), one column for each class (one-hot), and "
        "sparse_categorical_crossentropy needs class numbers. Write "
        "loss='categorical_crossentropy', or y = y.argmax(axis=-1).",
    ),
    Wrong(
        'small("softmax", loss="categorical_crossentropy").fit(X, np.arange(8) % 3)',
        ValueError,
        "y has the shape (8,), one class number per row, and "
        "categorical_crossentropy needs one column for each class (one-hot). "
        "Write loss='sparse_categorical_crossentropy', or y = to_categorical(y, "
        "3).",
    ),
    Wrong(
        'small("softmax", loss="categorical_crossentropy").fit(X, np.eye(8)[:, :5])',
        ValueError,
        "y has 5 columns and the last layer 3 units. Write Dense(5, "
        "activation='softmax'), or to_categorical(labels, 3).",
    ),
    Wrong(
        'small("sigmoid", loss="binary_crossentropy").fit(X, np.arange(8) % 2)',
        ValueError,
        "y has the shape (8,), one number per row, and the last layer has 3 units; "
        "binary_crossentropy needs one column for each. For one class out of "
        "several write loss='sparse_categorical_crossentropy' with "
        "activation='softmax'; for yes or no, Dense(1, activation='sigmoid').",
    ),
    Wrong(
        'm = Sequential([Input((5,)), Dense(1, activation="softmax")]); '
        'm.compile("adam", "binary_crossentropy"); m.fit(X, np.arange(8) % 2)',
        ValueError,
        "The last layer is a softmax over 1 unit, which is 1 for every input. For "
        "two classes write Dense(1, activation='sigmoid') with "
        "loss='binary_crossentropy'.",
    ),
    Wrong(
        "m = Sequential([Input((6, 6, 1)), Conv2D(4, 3), Dense(10, "
        'activation="softmax")]); m.compile("adam", "categorical_crossentropy"); '
        "m.fit(PICTURES, np.eye(10)[:8])",
        ValueError,
        "y has the shape (8, 10) and the output of Dense 'dense' (None, 4, 4, "
        "10). Put a Flatten() or a global pooling before the last Dense.",
    ),
    Wrong(
        "m = Sequential([Input((6, 6, 1)), Conv2D(4, 3), Dense(10, "
        'activation="softmax")]); m.compile("adam", '
        '"sparse_categorical_crossentropy"); m.fit(PICTURES, np.arange(8))',
        ValueError,
        "y has the shape (8,) and the output of Dense 'dense' (None, 4, 4, 10). "
        "Put a Flatten() or a global pooling before the last Dense.",
    ),
    Wrong(
        'm = Sequential([Input((6, 6, 1)), Dense(1, activation="sigmoid")]); '
        'm.compile("adam", "binary_crossentropy"); m.fit(PICTURES, np.arange(8) % '
        "2)",
        ValueError,
        "y has the shape (8,) and the output of Dense 'dense' (None, 6, 6, 1). "
        "Put a Flatten() or a global pooling before the last Dense.",
    ),
    Wrong(
        "m = Sequential([Input((6, 6, 1)), Flatten(), Dense(1)]); "
        'm.compile("adam", "mse"); m.fit(np.moveaxis(PICTURES, -1, 1), '
        "np.zeros(8))",
        ValueError,
        "x has the shape (8, 1, 6, 6), and the model takes (None, 6, 6, 1) (the "
        "first axis counts the rows). The channels come first: write "
        "np.moveaxis(x, 1, -1).",
    ),
    Wrong(
        "m = Sequential([Input((6, 6, 3)), Flatten(), Dense(1)]); "
        "m.predict(np.zeros((6, 6, 3)))",
        ValueError,
        "x has the shape (6, 6, 3), and the model takes (None, 6, 6, 3) (the "
        "first axis counts the rows). It looks like a single example: write "
        "x[None].",
    ),
    Wrong(
        "m = Sequential([Input((5,)), Embedding(100, 8), Flatten(), Dense(1)]); "
        'm.compile("adam", "mse"); m.fit(X, np.zeros(8))',
        ValueError,
        "x has fractional values, and the Embedding 'embedding' needs integer "
        "indices from 0 to 99. Map words to integers, or use Dense instead of "
        "Embedding for measured quantities.",
    ),
    Wrong(
        "m = Sequential([Input((4,)), Embedding(10, 8), Flatten(), Dense(1)]); "
        'm.compile("adam", "mse"); m.fit(np.full((8, 4), 10), np.zeros(8))',
        ValueError,
        "x has indices from 10 to 10, and the Embedding 'embedding' has 10 "
        "entries, 0 to 9. Write Embedding(11, ...), or map unknown words to an index "
        "in this range.",
    ),
    Wrong(
        'a = Input((5,), name="a"); b = Input((5,), name="b"); m = Model([a, b], '
        'Dense(3)(Add()([a, b]))); m.compile("adam", "mse"); m.fit(X, Y)',
        ValueError,
        "The model has 2 inputs (a, b), and x is one array. Give a list with one "
        "array each: x=[a, b].",
    ),
    Wrong(
        'm = Model(a := Input((5,), name="a"), Dense(3)(a)); m.compile("adam", '
        '"mse"); m.fit({"b": X, "c": X}, Y)',
        ValueError,
        "x has no array for the input 'a'; its keys are 'b', 'c'. Write x={'a': ...}.",
    ),
    Wrong(
        "Sequential([Dense(3)]).count_params()",
        ValueError,
        "'sequential' is not built yet, so its weights are not known. Build it "
        "with layer.build_for((None, 28, 28, 1)), or give the model an "
        "Input(shape=...).",
    ),
]
