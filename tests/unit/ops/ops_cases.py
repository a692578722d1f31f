"""A call of every function of keras.ops, on arrays small enough to read.

CASES: {name: [(call, arrays), ...]}; `call(ops, *arrays)` is made with nbkeras.ops and
with keras.ops, on the arrays and on symbolic tensors of their shapes.
"""

from collections import defaultdict

import numpy as np

RNG = np.random.default_rng(0)
CASES = defaultdict(list)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


def case(name, call, *arrays):
    CASES[name].append((call, arrays))


def of(name):
    """A function that calls ops.name, ops.image.name being "image.name"."""

    def call(ops, *arrays, **settings):
        for part in name.split("."):
            ops = getattr(ops, part)
        return ops(*arrays, **settings)

    return call


def given(name, *args, **settings):
    """The case ops.name(*args, **settings); what is an array of NumPy may vary."""

    def call(ops, *arrays):
        left = iter(arrays)
        filled = [next(left) if isinstance(a, np.ndarray) else a for a in args]
        return of(name)(ops, *filled, **settings)

    case(name, call, *(a for a in args if isinstance(a, np.ndarray)))


X = normal(3, 4)
Y = normal(3, 4)
SMALL = RNG.uniform(0.1, 0.9, (3, 4)).astype("float32")
GAPS = np.where(RNG.random((3, 4)) < 0.3, np.nan, X).astype("float32")
ODD = np.array([[1.0, np.nan, np.inf], [-np.inf, -0.0, 2.0]], "float32")
WHOLE = RNG.integers(0, 9, (3, 4)).astype("int32")
OTHER = RNG.integers(1, 5, (3, 4)).astype("int32")
TRUTH = X > 0
ROW = normal(6)
CUBE = normal(2, 3, 4)
SQUARE = normal(2, 3, 3)
PAIR = SQUARE @ np.swapaxes(SQUARE, -1, -2) + np.eye(3, dtype="float32")
IMAGES = RNG.uniform(0, 1, (2, 8, 6, 3)).astype("float32")
VOLUME = normal(1, 4, 4, 4, 2)
STEPS = normal(2, 5, 4)

ONE = (
    "abs absolute angle arctan arcsinh cbrt ceil conj conjugate copy cos cosh deg2rad "
    "exp exp2 expm1 fabs fliplr flipud floor i0 imag negative rad2deg ravel real "
    "reciprocal round sign signbit sin sinc sinh square tan tanh trunc ones_like "
    "zeros_like empty_like celu elu gelu glu hard_shrink hard_sigmoid hard_silu "
    "hard_swish hard_tanh leaky_relu log_sigmoid log_softmax normalize relu relu6 "
    "rms_normalization layer_normalization selu sigmoid silu soft_shrink softmax "
    "softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus swish "
    "tanh_shrink erf erfc corrcoef diag diagflat diagonal trace tril triu transpose "
    "squeeze sort argsort diff nan_to_num convert_to_tensor stop_gradient "
    "isfinite isinf isnan isneginf isposinf isreal logical_not norm vander argmax "
    "argmin all any amax amin max min mean median prod ptp std sum var cumsum cumprod "
    "count_nonzero average logsumexp flip roll repeat"
).split()
SETTINGS = {"vander": ROW, "roll": None, "repeat": None, "empty_like": X * 0}
for _name in ONE:
    _x = SETTINGS.get(_name, X)
    if _x is not None:
        given(_name, _x)
for _name in "log log10 log1p log2 sqrt rsqrt arcsin arccos arctanh erfinv".split():
    given(_name, SMALL)
given("arccosh", SMALL + 1)
for _name in "isfinite isinf isnan isneginf isposinf nan_to_num signbit".split():
    given(_name, ODD)
for _name in (
    "argmax argmin all any amax amin max min mean median prod ptp std sum var "
    "logsumexp nanargmax nanargmin nanmax nanmean nanmedian nanmin nanprod nanstd "
    "nansum nanvar"
).split():
    _x = GAPS if _name.startswith("nan") else X
    given(_name, _x, axis=1)
    given(_name, _x, axis=0, keepdims=True)
for _name in "cumsum cumprod nancumsum nancumprod".split():
    given(_name, GAPS if _name.startswith("nan") else X, axis=1)
for _name in "quantile percentile nanquantile nanpercentile".split():
    _q = np.float32(0.3 if "quantile" in _name else 30)
    for _axis in (None, 1):
        case(_name, lambda o, x, n=_name, q=_q, a=_axis: of(n)(o, x, q, axis=a), CUBE)
for _name in "bitwise_invert bitwise_not".split():
    given(_name, WHOLE)
for _name in (
    "add arctan2 divide divide_no_nan equal floor_divide fmax fmin fmod greater "
    "greater_equal heaviside hypot less less_equal logaddexp logaddexp2 maximum minimum "
    "mod multiply not_equal subtract true_divide isclose allclose nextafter append "
    "polar kron"
).split():
    given(_name, X, Y)
for _name in "logical_and logical_or logical_xor".split():
    given(_name, TRUTH, Y > 0)
for _name in (
    "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift "
    "left_shift right_shift gcd lcm"
).split():
    given(_name, WHOLE, OTHER)
given("power", SMALL, Y)
given("ldexp", X, OTHER)
for _name in "dot inner outer vdot correlate".split():
    given(_name, ROW, ROW[::-1].copy())
given("dot", X, normal(4, 2))
given("matmul", CUBE, normal(2, 4, 2))
given("matmul", X.astype("int8"), X.T.astype("int8").copy())
given("tensordot", CUBE, normal(3, 4, 2), axes=2)
given("tensordot", CUBE, normal(4, 3, 2), axes=[[1, 2], [1, 0]])
case("einsum", lambda o, x, y: o.einsum("bij,bjk->bik", x, y), CUBE, normal(2, 4, 2))
given("cross", normal(5, 3), normal(5, 3))
given("clip", X, x_min=-0.5, x_max=0.5)
given("round", X * 100, decimals=-1)
given("where", TRUTH, X, Y)
case("select", lambda o, c, x, y: o.select([c, x > 9], [x, y], -1.0), TRUTH, X, Y)
given("threshold", X, threshold=0.1, default_value=-1.0)
given("argpartition", ROW, kth=2)
given("histogram", ROW)
given("histogram", ROW, bins=4, range=(-1.0, 1.0))
given("searchsorted", np.sort(ROW), X.ravel())
given("digitize", X, np.array([-1.0, 0.0, 1.0], "float32"))
given("isin", WHOLE, OTHER)
given("bincount", WHOLE.ravel())
given("bincount", WHOLE, minlength=12)
given("nonzero", WHOLE)
given("unique", WHOLE)
given("unique", WHOLE, return_counts=True, return_inverse=True, return_index=True)
given("trapezoid", X)
given("average", X, axis=1, weights=np.array([1, 2, 3, 4], "float32"))

given("reshape", CUBE, newshape=(2, -1))
given("transpose", CUBE, axes=(0, 2, 1))
given("broadcast_to", ROW, shape=(2, 6))
given("expand_dims", X, axis=1)
given("squeeze", X[:, None], axis=1)
given("moveaxis", CUBE, source=1, destination=2)
given("swapaxes", CUBE, axis1=1, axis2=2)
given("flip", X, axis=1)
given("rot90", CUBE, axes=(1, 2))
given("roll", X, shift=1, axis=1)
given("repeat", X, repeats=2, axis=1)
given("tile", X, repeats=(1, 2))
for _name in "concatenate stack".split():
    case(_name, lambda o, x, y, n=_name: of(n)(o, [x, y], axis=1), X, Y)
for _name in "hstack vstack dstack".split():
    case(_name, lambda o, x, y, n=_name: of(n)(o, [x, y]), X, Y)
for _name in "split array_split".split():
    given(_name, X, indices_or_sections=2, axis=1)
given("split", X, indices_or_sections=[1, 3], axis=1)
given("array_split", X, indices_or_sections=3, axis=1)
given("hsplit", X, indices_or_sections=2)
given("vsplit", X, indices_or_sections=3)
given("dsplit", CUBE, indices_or_sections=2)
given("unstack", X, axis=1)
given("pad", X, pad_width=[[0, 0], [1, 2]], constant_values=7)
given("pad", X, pad_width=[[0, 0], [1, 2]], mode="reflect")
case("get_item", lambda o, x: o.get_item(x, (slice(None), 1)), X)
given("take", CUBE, np.array([2, 0]), axis=1)
given("take_along_axis", X, WHOLE % 4, axis=1)
given("unravel_index", WHOLE.ravel(), shape=(3, 4))
case("meshgrid", lambda o, x, y: o.meshgrid(x, y, indexing="ij"), ROW, ROW[:2])
given("slice", X, start_indices=(0, 1), shape=(3, 2))
given("slice_update", X, start_indices=(0, 1), updates=normal(3, 2))
given("scatter", np.array([[0], [2], [0]]), normal(3, 2), shape=(4, 2))
for _how in (None, "add", "max", "min", "mul"):
    given(
        "scatter_update",
        X,
        np.array([[0, 1], [2, 2]]),
        np.array([0.5, -2.0], "float32"),
        reduction=_how,
    )
given("full_like", X, 2)
given("cast", X, dtype="int32")
given("cast", X, dtype="bool")
given("saturate_cast", X * 1e12, dtype="int32")
given("saturate_cast", X * 300, dtype="uint8")
given("view", X, dtype="int32")
given("size", X)

for _name in "det slogdet logdet inv eigh qr svd pinv matrix_rank lu_factor".split():
    given(_name, SQUARE if _name not in ("eigh",) else PAIR)
for _name in "cholesky_inverse cholesky".split():
    given(_name, PAIR[0])
    given(_name, PAIR[0], upper=True)
given("eig", SQUARE[0])
given("solve", SQUARE, normal(2, 3, 2))
given("solve_triangular", np.tril(PAIR[0]), normal(3, 2), lower=True)
given("lstsq", normal(5, 3), normal(5, 2))
given("norm", CUBE, axis=(1, 2), ord="fro")
given("norm", CUBE, axis=-1, ord=1, keepdims=True)
given("cdist", X, normal(5, 4))
case("jvp", lambda o, x, v: o.linalg.jvp(lambda a: a * a, (x,), (v,)), X, Y)

for _name in "fft fft2 ifft2 irfft".split():
    case(_name, lambda o, x, y, n=_name: of(n)(o, (x, y)), X, Y)
given("rfft", X)
given("extract_sequences", normal(2, 12), sequence_length=4, sequence_stride=3)
for _window in ("hann", "hamming", None):
    for _center in (True, False):
        _how = {"window": _window, "center": _center}
        given("stft", normal(2, 20), 8, 4, 10, **_how)
        case(
            "istft",
            lambda o, x, y, h=_how: o.istft((x, y), 8, 4, 10, **h),
            normal(2, 5, 6),
            normal(2, 5, 6),
        )
given("view_as_complex", normal(3, 2))
given("view_as_real", X.astype("complex64"))
for _name in "sum prod max min".split():
    given(f"segment_{_name}", X, np.array([0, 2, 0]), num_segments=3)
given("top_k", X, k=2)
given("in_top_k", np.array([0, 3, 1]), X, k=2)

given("one_hot", WHOLE, num_classes=9)
given("one_hot", WHOLE, num_classes=5, axis=1, dtype="bool")
given("multi_hot", WHOLE, num_classes=9)
given("normalize", X, axis=0, order=1)
given("softmax", CUBE, axis=(1, 2))
given("log_softmax", CUBE, axis=(1, 2))
given("moments", CUBE, axes=(0, 2))
given("moments", CUBE.astype("float16"), axes=[1], keepdims=True)
given("batch_normalization", CUBE, normal(3), SMALL[:, 0], axis=1, offset=SMALL[:, 1])
given("layer_normalization", CUBE, normal(4), normal(4))
given("layer_normalization", CUBE, normal(3), normal(3), axis=1)
given("rms_normalization", CUBE, normal(4))
given("binary_crossentropy", SMALL, SMALL[::-1].copy())
given("binary_crossentropy", SMALL, X, from_logits=True)
given("categorical_crossentropy", SMALL, SMALL[::-1].copy())
given("categorical_crossentropy", SMALL, X, from_logits=True)
given("sparse_categorical_crossentropy", np.array([0, 3, 1]), SMALL)
given("sparse_categorical_crossentropy", np.array([0, 3, 1]), X, from_logits=True)
given("psnr", SMALL, SMALL[::-1].copy(), max_val=1.0)
HEADS = [normal(2, 5, 4, 3), normal(2, 6, 4, 3), normal(2, 6, 4, 3)]
given("dot_product_attention", *HEADS)
given("dot_product_attention", HEADS[0], *[h[:, :5] for h in HEADS[1:]], is_causal=True)
case(
    "dot_product_attention",
    lambda o, q, k, v, b: o.dot_product_attention(q, k, v, bias=b, scale=0.3),
    *HEADS,
    normal(2, 4, 5, 6),
)

for _padding in ("valid", "same"):
    given("conv", IMAGES, normal(3, 2, 3, 4), strides=2, padding=_padding)
    given("depthwise_conv", IMAGES, normal(3, 2, 3, 2), padding=_padding)
    given(
        "separable_conv",
        IMAGES,
        normal(3, 2, 3, 2),
        normal(1, 1, 6, 4),
        padding=_padding,
    )
    given("conv_transpose", IMAGES, normal(3, 2, 4, 3), strides=2, padding=_padding)
    given("max_pool", IMAGES, 3, strides=2, padding=_padding)
    given("average_pool", IMAGES, (3, 2), 2, padding=_padding)
given(
    "conv",
    np.moveaxis(IMAGES, -1, 1).copy(),
    normal(2, 2, 3, 4),
    1,
    "same",
    data_format="channels_first",
)
given("conv", STEPS, normal(3, 4, 3), dilation_rate=2)
given("conv", VOLUME, normal(2, 2, 2, 2, 3))
for _name in "adaptive_average_pool adaptive_max_pool".split():
    given(_name, IMAGES, output_size=(3, 4))
    given(_name, STEPS, output_size=2)
    given(_name, VOLUME, output_size=3, data_format="channels_first")
FIRST = np.moveaxis(IMAGES, -1, 1).copy()
given("unfold", FIRST, kernel_size=(3, 2), padding=1, stride=2)
given("unfold", FIRST, kernel_size=2, dilation=2)
given("fold", normal(2, 12, 20), output_size=(5, 6), kernel_size=2)
given("fold", normal(2, 12, 12), (8, 6), 2, dilation=2, padding=1, stride=2)
for _form in ("channels_last", "channels_first"):
    given("depth_to_space", normal(2, 4, 4, 4), block_size=2, data_format=_form)
    given("space_to_depth", normal(2, 4, 4, 4), block_size=2, data_format=_form)
LABELS = np.array([[1, 2, 2], [3, 1, 0]])
given("ctc_loss", LABELS, normal(2, 7, 4), np.array([3, 2]), np.array([7, 6]))
given(
    "ctc_loss",
    LABELS,
    normal(2, 7, 5),
    np.array([3, 2]),
    np.array([7, 6]),
    mask_index=4,
)
given("ctc_decode", STEPS, np.array([5, 3]))
given("ctc_decode", STEPS, np.array([5, 3]), merge_repeated=False, mask_index=None)
given("ctc_decode", STEPS, np.array([5, 4]), "beam_search", 20, 3)
case("rearrange", lambda o, x: o.rearrange(x, "b h w c -> b (h w) c"), IMAGES)
case(
    "rearrange", lambda o, x: o.rearrange(x, "b (h i) w c -> b h w (i c)", i=2), IMAGES
)

_N = normal(2, 8)
MAPS = np.array(
    [[1, 0.2, 1, 0, 0.9, -1, 0, 0], [0.8, 0, 0, 0.3, 1, 2, 0, 0]], "float32"
)
CORNERS = np.array([[0, 0], [0, 5], [7, 0], [7, 5]], "float32")
for _fill in ("constant", "nearest", "wrap", "mirror", "reflect"):
    given("image.affine_transform", IMAGES, MAPS, fill_mode=_fill)
    given(
        "image.map_coordinates", X, RNG.uniform(-2, 5, (2, 7)), order=1, fill_mode=_fill
    )
given("image.affine_transform", IMAGES, MAPS, interpolation="nearest", fill_value=0.5)
given("image.perspective_transform", IMAGES[0], CORNERS, CORNERS + normal(4, 2))
given("image.elastic_transform", IMAGES, alpha=3.0, sigma=1.0, seed=7)
given("image.gaussian_blur", IMAGES, (5, 3), (1.0, 0.5), data_format="channels_last")
given("image.sobel_edges", IMAGES)
given("image.ssim", IMAGES, IMAGES[::-1].copy(), filter_size=3)
given("image.rgb_to_grayscale", IMAGES)
given("image.rgb_to_hsv", IMAGES)
given("image.hsv_to_rgb", IMAGES)
for _how in (
    {},
    {"antialias": True},
    {"crop_to_aspect_ratio": True},
    {"pad_to_aspect_ratio": True, "fill_value": 0.5},
    {"interpolation": "bicubic"},
):
    given("image.resize", IMAGES, (5, 7), **_how)
given(
    "image.scale_and_translate",
    IMAGES,
    (2, 5, 5, 3),
    np.array([0.5, 0.8], "float32"),
    np.array([1.0, -1.0], "float32"),
    (1, 2),
    "linear",
)
given("image.extract_patches", IMAGES, 3)
given("image.extract_patches", IMAGES, (2, 3), strides=1, padding="same")
given("image.extract_patches_3d", VOLUME, 2)
given("image.pad_images", IMAGES, 1, 2, target_height=12, target_width=12)
given("image.crop_images", IMAGES, 1, 2, target_height=4, target_width=3)

case("map", lambda o, x: o.map(lambda row: row * 2, x), X)
case("vectorized_map", lambda o, x: o.vectorized_map(lambda row: row[0] * row, x), X)
case("scan", lambda o, x: o.scan(lambda c, r: (c + r, c * r), x[0], x), X)
case("associative_scan", lambda o, x: o.associative_scan(lambda a, b: a * b, x), X)
case("cond", lambda o, x: o.cond(x[0, 0] > 9, lambda: 1.0, lambda: 2.0), X)
case(
    "switch",
    lambda o, x: o.switch(1, [lambda a: a, lambda a: a * 2], x),
    X,
)
case(
    "while_loop",
    lambda o, x: o.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * 2), (0, x)),
    X,
)
case("fori_loop", lambda o, x: o.fori_loop(0, 3, lambda i, a: a + i, x), X)

# Functions that make arrays of numbers: there is nothing symbolic about them.
MAKING = {
    "arange": lambda o: (
        o.arange(5),
        o.arange(1.0, 3.0, 0.5),
        o.arange(3, dtype="int8"),
    ),
    "array": lambda o: (o.array([1.0, 2.0]), o.array([[1, 2]], dtype="int32")),
    "bartlett": lambda o: o.bartlett(5),
    "blackman": lambda o: o.blackman(5),
    "convert_to_numpy": lambda o: o.convert_to_numpy(o.ones((2,))),
    "custom_gradient": lambda o: o.custom_gradient(lambda x: (x * 2, lambda g: g))(X),
    "dtype": lambda o: [o.dtype(o.ones((2,), dtype=d)) == d for d in ("int8", "bool")],
    "empty": lambda o: o.empty((2, 3)) * 0,
    "eye": lambda o: (o.eye(3), o.eye(2, 4, 1, "int32")),
    "full": lambda o: (o.full((2, 3), 7), o.full((2,), 1.5, "float16")),
    "geomspace": lambda o: o.geomspace(1.0, 100.0, 5),
    "hamming": lambda o: o.hamming(5),
    "hanning": lambda o: o.hanning(5),
    "identity": lambda o: o.identity(3),
    "is_tensor": lambda o: [o.is_tensor(o.ones((2,))), o.is_tensor(X)],
    "kaiser": lambda o: o.kaiser(5, 8.0),
    "linspace": lambda o: (o.linspace(0, 1, 5), o.linspace(0.0, 1.0, 4, retstep=True)),
    "logspace": lambda o: o.logspace(0.0, 2.0, 5),
    "ndim": lambda o: o.ndim(CUBE),
    "ones": lambda o: o.ones((2, 3)),
    "shape": lambda o: list(o.shape(o.ones((2, 3)))),
    "tri": lambda o: o.tri(3, 4, -1),
    "vectorize": lambda o: o.vectorize(lambda a, b: a + b)(X, Y),
    "zeros": lambda o: o.zeros((2, 3), "int32"),
}
