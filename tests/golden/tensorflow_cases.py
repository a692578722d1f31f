"""Expressions of `tf`, as functions of the module (real or ours)."""

import numpy as np

A = np.arange(12, dtype=np.float32).reshape(3, 4) / 4 - 1
B = np.linspace(0.5, 2.0, 12, dtype=np.float32).reshape(3, 4)
WHOLE = np.array([[3, 1, 2], [0, 5, 4]], np.int32)
SQUARE = np.array([[4.0, 1.0], [1.0, 3.0]], np.float32)
P = np.arange(2 * 4 * 5 * 3, dtype=np.float32).reshape(2, 4, 5, 3) / 120
BYTES = (P * 255).astype(np.uint8)
KERNEL = np.linspace(-1, 1, 3 * 3 * 3 * 2, dtype=np.float32).reshape(3, 3, 3, 2)
TEXTS = [" Ab c", "de f ", "Gh ij"]

UNARY = (
    "abs acos asin atan ceil cos cosh erf exp expm1 floor is_finite is_nan negative "
    "round sigmoid sign sin sinh softplus square tan tanh"
).split()
POSITIVE = "log log1p reciprocal rsqrt sqrt".split()
BINARY = (
    "add atan2 divide divide_no_nan equal floordiv floormod greater greater_equal less "
    "less_equal maximum minimum multiply not_equal pow subtract squared_difference"
).split()
REDUCED = "sum mean max min prod std variance logsumexp euclidean_norm".split()

CASES = {
    **{f"math.{n}": lambda tf, n=n: getattr(tf.math, n)(A) for n in UNARY},
    **{f"math.{n}": lambda tf, n=n: getattr(tf.math, n)(B) for n in POSITIVE},
    **{f"math.{n}": lambda tf, n=n: getattr(tf.math, n)(B, A[:1]) for n in BINARY},
    **{
        f"reduce_{n}, axis 1": lambda tf, n=n: getattr(tf.math, f"reduce_{n}")(
            A, axis=1, keepdims=True
        )
        for n in REDUCED
    },
    **{
        f"reduce_{n}, all": lambda tf, n=n: getattr(tf.math, f"reduce_{n}")(A)
        for n in REDUCED
    },
    "reduce_mean of whole numbers": lambda tf: tf.reduce_mean([1, 2, 4]),
    "reduce_any": lambda tf: tf.reduce_any(A > 1, axis=0),
    "reduce_all": lambda tf: tf.reduce_all(A > -2),
    "argmax": lambda tf: tf.argmax(A),
    "argmin, axis": lambda tf: tf.argmin(A, axis=1),
    "add of numbers": lambda tf: tf.add(1, 2),
    "constant of lists": lambda tf: tf.constant([[1, 2], [3, 4]]),
    "constant of fractions": lambda tf: tf.constant([0.5, 1]),
    "constant, dtype": lambda tf: tf.constant([1, 2], tf.float32),
    "constant, shape": lambda tf: tf.constant(7, shape=(2, 2)),
    "cast": lambda tf: tf.cast(A, tf.int32),
    "cast of bool": lambda tf: tf.cast(A > 0, tf.float32),
    "shape": lambda tf: tf.shape(P),
    "size": lambda tf: tf.size(P),
    "rank": lambda tf: tf.rank(P),
    "reshape": lambda tf: tf.reshape(A, [2, -1]),
    "reshape by shape": lambda tf: tf.reshape(P, (tf.shape(P)[0], -1)),
    "fill": lambda tf: tf.fill([2, 3], 9),
    "zeros": lambda tf: tf.zeros((2, 2)),
    "ones_like": lambda tf: tf.ones_like(WHOLE),
    "eye": lambda tf: tf.eye(2, 3),
    "range": lambda tf: tf.range(5),
    "range, delta": lambda tf: tf.range(1.0, 2.0, 0.25),
    "linspace": lambda tf: tf.linspace(0.0, 1.0, 5),
    "one_hot": lambda tf: tf.one_hot([0, 2, 5], 4),
    "one_hot, values": lambda tf: tf.one_hot([0, 2], 3, on_value=5.0, off_value=1.0),
    "expand_dims": lambda tf: tf.expand_dims(A, 0),
    "squeeze": lambda tf: tf.squeeze(A[None]),
    "transpose": lambda tf: tf.transpose(P, perm=[0, 3, 1, 2]),
    "concat": lambda tf: tf.concat([A, B], axis=1),
    "concat of lists": lambda tf: tf.concat([[1, 2], [3]], 0),
    "stack": lambda tf: tf.stack([A, B], axis=1),
    "unstack": lambda tf: tf.unstack(A, axis=1)[2],
    "split": lambda tf: tf.split(A, 2, axis=1)[1],
    "split, sizes": lambda tf: tf.split(A, [1, -1], axis=1)[1],
    "tile": lambda tf: tf.tile(WHOLE, [1, 2]),
    "repeat": lambda tf: tf.repeat(WHOLE, 2, axis=0),
    "pad": lambda tf: tf.pad(WHOLE, [[1, 0], [0, 2]], constant_values=7),
    "pad, reflect": lambda tf: tf.pad(A, [[1, 1], [2, 0]], mode="REFLECT"),
    "slice": lambda tf: tf.slice(A, [1, 0], [-1, 2]),
    "gather": lambda tf: tf.gather(A, [2, 0]),
    "gather, axis": lambda tf: tf.gather(A, [[3, 1]], axis=1),
    "gather, batch_dims": lambda tf: tf.gather(A, [[0], [1], [3]], batch_dims=1),
    "gather_nd": lambda tf: tf.gather_nd(A, [[0, 1], [2, 3]]),
    "gather_nd, rows": lambda tf: tf.gather_nd(P, [[0, 1], [1, 3]]),
    "scatter_nd": lambda tf: tf.scatter_nd([[1], [3], [1]], [1.0, 2.0, 5.0], [5]),
    "tensor_scatter_nd_update": lambda tf: tf.tensor_scatter_nd_update(
        A, [[0, 1], [2, 2]], np.array([9, 8], np.float32)
    ),
    "boolean_mask": lambda tf: tf.boolean_mask(A, [True, False, True]),
    "boolean_mask, all axes": lambda tf: tf.boolean_mask(A, A > 0),
    "where": lambda tf: tf.where(A > 0, A, -1.0),
    "where, places": lambda tf: tf.where(A > 1),
    "reverse": lambda tf: tf.reverse(A, axis=[1]),
    "roll": lambda tf: tf.roll(A, shift=1, axis=0),
    "sort": lambda tf: tf.sort(WHOLE, direction="DESCENDING"),
    "argsort": lambda tf: tf.argsort(WHOLE),
    "unique": lambda tf: tf.unique([4, 1, 4, 2, 1])[1],
    "sequence_mask": lambda tf: tf.sequence_mask([1, 3, 2]),
    "map_fn": lambda tf: tf.map_fn(lambda row: row * 2.0, A),
    "matmul": lambda tf: tf.matmul(A, B, transpose_b=True),
    "tensordot": lambda tf: tf.tensordot(A, B, axes=[[1], [1]]),
    "einsum": lambda tf: tf.einsum("ij,kj->ik", A, B),
    "cumsum, exclusive": lambda tf: tf.cumsum(A, axis=1, exclusive=True),
    "cumsum, reverse": lambda tf: tf.cumsum(A, axis=0, reverse=True),
    "cumprod": lambda tf: tf.math.cumprod(B, axis=1),
    "add_n": lambda tf: tf.add_n([A, B, A]),
    "norm": lambda tf: tf.norm(A),
    "norm 1, axis": lambda tf: tf.norm(A, ord=1, axis=1),
    "l2_normalize": lambda tf: tf.math.l2_normalize(A, axis=1),
    "clip_by_value": lambda tf: tf.clip_by_value(A, -0.5, 1.0),
    "clip_by_norm": lambda tf: tf.clip_by_norm(A, 1.5),
    "clip_by_global_norm": lambda tf: tf.clip_by_global_norm([A, B], 2.0)[0][1],
    "global norm": lambda tf: tf.linalg.global_norm([A, B]),
    "top_k": lambda tf: tf.math.top_k(A, k=2)[0],
    "top_k, places": lambda tf: tf.nn.top_k(A, k=2).indices,
    "in_top_k": lambda tf: tf.math.in_top_k([3, 0, 3], A, 2),
    "bincount": lambda tf: tf.math.bincount([1, 2, 1, 5]),
    "confusion_matrix": lambda tf: tf.math.confusion_matrix([0, 1, 2, 2], [0, 2, 2, 2]),
    "segment_sum": lambda tf: tf.math.segment_sum(A, [0, 0, 1]),
    "cond": lambda tf: tf.cond(tf.constant(True), lambda: A, lambda: B),
    "nn.relu": lambda tf: tf.nn.relu(A),
    "nn.relu6": lambda tf: tf.nn.relu6(A * 10),
    "nn.elu": lambda tf: tf.nn.elu(A),
    "nn.selu": lambda tf: tf.nn.selu(A),
    "nn.gelu": lambda tf: tf.nn.gelu(A),
    "nn.leaky_relu": lambda tf: tf.nn.leaky_relu(A),
    "nn.swish": lambda tf: tf.nn.swish(A),
    "nn.softmax": lambda tf: tf.nn.softmax(A),
    "nn.softmax, axis": lambda tf: tf.nn.softmax(A, axis=0),
    "nn.log_softmax": lambda tf: tf.nn.log_softmax(A),
    "nn.bias_add": lambda tf: tf.nn.bias_add(A, np.ones(4, np.float32)),
    "nn.conv2d": lambda tf: tf.nn.conv2d(
        P, KERNEL, strides=[1, 2, 1, 1], padding="SAME"
    ),
    "nn.conv2d, valid": lambda tf: tf.nn.conv2d(P, KERNEL, strides=1, padding="VALID"),
    "nn.conv2d_transpose": lambda tf: tf.nn.conv2d_transpose(
        P, KERNEL.transpose(0, 1, 3, 2), [2, 8, 10, 2], strides=2
    ),
    "nn.depthwise_conv2d": lambda tf: tf.nn.depthwise_conv2d(
        P, KERNEL, strides=[1, 1, 1, 1], padding="SAME"
    ),
    "nn.max_pool2d": lambda tf: tf.nn.max_pool2d(P, 2, 2, "SAME"),
    "nn.avg_pool2d": lambda tf: tf.nn.avg_pool2d(P, [1, 2, 2, 1], [1, 2, 2, 1], "SAME"),
    "nn.moments": lambda tf: tf.nn.moments(P, axes=[0, 1, 2])[1],
    "nn.batch_normalization": lambda tf: tf.nn.batch_normalization(
        A, A.mean(0), A.var(0), 1.0, 2.0, 1e-3
    ),
    "nn.softmax_cross_entropy_with_logits": lambda tf: (
        tf.nn.softmax_cross_entropy_with_logits(labels=B, logits=A)
    ),
    "nn.sparse_softmax_cross_entropy_with_logits": lambda tf: (
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 3, 1], logits=A)
    ),
    "nn.sigmoid_cross_entropy_with_logits": lambda tf: (
        tf.nn.sigmoid_cross_entropy_with_logits(labels=B, logits=A)
    ),
    "nn.l2_loss": lambda tf: tf.nn.l2_loss(A),
    "nn.embedding_lookup": lambda tf: tf.nn.embedding_lookup(A, [[0, 2]]),
    "nn.space_to_depth": lambda tf: tf.nn.space_to_depth(P[:, :, :4], 2),
    "linalg.inv": lambda tf: tf.linalg.inv(SQUARE),
    "linalg.det": lambda tf: tf.linalg.det(SQUARE),
    "linalg.diag": lambda tf: tf.linalg.diag([1.0, 2.0]),
    "linalg.diag_part": lambda tf: tf.linalg.diag_part(SQUARE),
    "linalg.trace": lambda tf: tf.linalg.trace(SQUARE),
    "linalg.solve": lambda tf: tf.linalg.solve(SQUARE, np.ones((2, 1), np.float32)),
    "linalg.svd": lambda tf: tf.linalg.svd(A)[0],
    "linalg.cholesky": lambda tf: tf.linalg.cholesky(SQUARE),
    "linalg.matvec": lambda tf: tf.linalg.matvec(A, np.ones(4, np.float32)),
    "linalg.band_part": lambda tf: tf.linalg.band_part(A, -1, 0),
    "linalg.normalize": lambda tf: tf.linalg.normalize(A, axis=1)[0],
    "image.resize": lambda tf: tf.image.resize(P, (6, 3)),
    "image.resize, one picture": lambda tf: tf.image.resize(BYTES[0], [7, 5]),
    "image.resize, nearest": lambda tf: tf.image.resize(
        BYTES, (2, 9), method="nearest"
    ),
    "image.resize, bicubic": lambda tf: tf.image.resize(P, (6, 3), method="bicubic"),
    "image.resize, aspect": lambda tf: tf.image.resize(
        P, (8, 8), preserve_aspect_ratio=True
    ),
    "image.resize_with_pad": lambda tf: tf.image.resize_with_pad(P, 6, 6),
    "image.resize_with_crop_or_pad": lambda tf: tf.image.resize_with_crop_or_pad(
        P, 7, 2
    ),
    "image.crop_to_bounding_box": lambda tf: tf.image.crop_to_bounding_box(
        P, 1, 2, 2, 3
    ),
    "image.pad_to_bounding_box": lambda tf: tf.image.pad_to_bounding_box(P, 1, 2, 6, 9),
    "image.central_crop": lambda tf: tf.image.central_crop(P, 0.5),
    "image.flip_left_right": lambda tf: tf.image.flip_left_right(P),
    "image.flip_up_down": lambda tf: tf.image.flip_up_down(P[0]),
    "image.rot90": lambda tf: tf.image.rot90(P, 3),
    "image.adjust_brightness": lambda tf: tf.image.adjust_brightness(P, 0.2),
    "image.adjust_brightness, bytes": lambda tf: tf.image.adjust_brightness(BYTES, 0.2),
    "image.adjust_contrast": lambda tf: tf.image.adjust_contrast(P, 1.5),
    "image.adjust_saturation": lambda tf: tf.image.adjust_saturation(P, 1.7),
    "image.adjust_saturation, bytes": lambda tf: tf.image.adjust_saturation(BYTES, 0.4),
    "image.adjust_hue": lambda tf: tf.image.adjust_hue(P, 0.2),
    "image.adjust_gamma": lambda tf: tf.image.adjust_gamma(P, 2.0),
    "image.rgb_to_grayscale": lambda tf: tf.image.rgb_to_grayscale(P),
    "image.rgb_to_grayscale, bytes": lambda tf: tf.image.rgb_to_grayscale(BYTES),
    "image.grayscale_to_rgb": lambda tf: tf.image.grayscale_to_rgb(
        tf.constant(P[..., :1])
    ),
    "image.rgb_to_hsv": lambda tf: tf.image.rgb_to_hsv(P),
    "image.per_image_standardization": lambda tf: tf.image.per_image_standardization(P),
    "image.convert_image_dtype": lambda tf: tf.image.convert_image_dtype(
        BYTES, tf.float32
    ),
    "image.convert_image_dtype, bytes": lambda tf: tf.image.convert_image_dtype(
        P, tf.uint8
    ),
    "image.total_variation": lambda tf: tf.image.total_variation(tf.constant(P)),
    "image.image_gradients": lambda tf: tf.image.image_gradients(tf.constant(P))[1],
    "image.psnr": lambda tf: tf.image.psnr(P, P * 0.9, max_val=1.0),
    "strings.split": lambda tf: tf.strings.split("a/b/c", "/"),
    "strings.length": lambda tf: tf.strings.length(TEXTS),
    "strings.lower": lambda tf: tf.strings.lower(TEXTS),
    "strings.strip": lambda tf: tf.strings.strip(TEXTS),
    "strings.regex_replace": lambda tf: tf.strings.regex_replace(TEXTS, "[ac]", "_"),
    "strings.regex_full_match": lambda tf: tf.strings.regex_full_match(TEXTS, ".*c"),
    "strings.substr": lambda tf: tf.strings.substr(TEXTS, 1, 3),
    "strings.join": lambda tf: tf.strings.join(["a", "b"], separator="-"),
    "strings.reduce_join": lambda tf: tf.strings.reduce_join(TEXTS, separator="|"),
    "strings.to_number": lambda tf: tf.strings.to_number(["1", "2.5"]),
    "strings.as_string": lambda tf: tf.strings.as_string([1, 20]),
    "strings.unicode_split": lambda tf: tf.strings.unicode_split("猫a", "UTF-8"),
    "equal texts": lambda tf: (
        tf.strings.split("x/cat/1.jpg", "/")[-2] == ["cat", "dog"]
    ),
    "one label of a path": lambda tf: tf.argmax(
        tf.strings.split("x/dog/1.jpg", "/")[-2] == np.array(["cat", "dog"])
    ),
}


def plain(value):
    """A result as JSON: dtype, shape and values."""
    array = np.asarray(value)
    if array.dtype.kind == "O":
        texts = [text.decode() for text in array.reshape(-1).tolist()]
        return {"dtype": "string", "shape": list(array.shape), "values": texts}
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "values": array.reshape(-1).tolist(),
    }
