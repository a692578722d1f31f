"""Error messages for names of TensorFlow that are missing here."""

import types
from typing import Any

from nbkeras.core import check

# {name below tf: advice on the replacement}
INSTEAD = {
    "estimator": "Estimators have ended: write keras.Sequential, compile and fit.",
    "saved_model": "Write model.save('model.keras') and keras.models.load_model.",
    "train.Saver": "Write model.save_weights('x.weights.h5') and load_weights.",
    "summary.FileWriter": "Write tf.summary.create_file_writer('logs').",
    "summary.merge_all": "Write tf.summary.scalar(name, value, step=step) in the loop.",
    "data.experimental": "Write a method of tf.data.Dataset: cache, padded_batch, "
    "bucket_by_sequence_length, from_tensor_slices.",
    "data.Dataset.save": "Write np.savez('data.npz', x=x, y=y) with the arrays.",
    "data.Dataset.load": "Write np.load('data.npz') and from_tensor_slices.",
    "data.Dataset.ragged_batch": "Write padded_batch(batch_size).",
    "data.Dataset.group_by_window": "Write bucket_by_sequence_length(...).",
    "data.Dataset.snapshot": "Write cache().",
    "data.Dataset.random": "Write Dataset.from_generator, or a map that draws.",
    "feature_column": "Write the layers Normalization, Discretization, StringLookup "
    "and CategoryEncoding, or keras.utils.FeatureSpace.",
    "contrib": "It left TensorFlow with version 2: write the layers of keras.layers.",
    "app": "Write argparse.",
    "flags": "Write argparse.",
    "raw_ops": "Write the function of tf.math or tf.nn.",
    "data.TFRecordDataset": "Read the records into arrays first; see tf.data.Dataset."
    "from_generator.",
    "io.parse_single_example": "Read the records into arrays first.",
    "ragged": "Write ragged.to_tensor(), or keras.utils.pad_sequences(rows): one "
    "array, zeros behind.",
    "sparse": "Write a dense array, or a scipy.sparse matrix for fit.",
    "lite": "Export with model.export, or run the model where Python runs.",
    "quantization": "Quantized weights are not possible here.",
    "tpu": "Write jax.devices() for what is there; fit uses one accelerator.",
    "autograph": "Functions are traced by JAX: jax.make_jaxpr(f)(x) shows how.",
}
# {name below tf: an equivalent line with jax.numpy, SciPy or keras.ops}
LINES = {
    "math.lgamma": "jax.scipy.special.gammaln(x)",
    "math.digamma": "jax.scipy.special.digamma(x)",
    "math.polyval": "jnp.polyval(coefficients, x)",
    "signal.inverse_stft": "keras.ops.istft(x, length, stride, fft_length)",
    "linalg.expm": "jax.scipy.linalg.expm(x)",
    "linalg.lu": "jax.scipy.linalg.lu(x)",
    "linalg.pinv": "jnp.linalg.pinv(x)",
    "linalg.slogdet": "jnp.linalg.slogdet(x)",
    "image.ssim_multiscale": "keras.ops.image.ssim(a, b)",
}


def message(name: str) -> str:
    """The message of the AttributeError for `tf.<name>`."""
    if name in INSTEAD:
        return f"tf.{name} is not here. {INSTEAD[name]}"
    if name in LINES:
        line = LINES[name]
        return f"tf.{name} is not here. Write {line}."
    namespace, _, last = name.rpartition(".")
    if namespace in INSTEAD:
        return f"tf.{name} is not here. {INSTEAD[namespace]}"
    return (
        f"tf.{name} is not here: nbkeras stands in for tf.keras, tf.data and the "
        f"frequent functions of tf. Write jnp.{last} (import jax.numpy as jnp) if it "
        "has that name, or keras.ops or NumPy for what it does."
    )


class Namespace(types.SimpleNamespace):
    """The names of TensorFlow under a path that are here; others raise advice.

    Args:
        path: its name below tf.
        **members: what is here.
    """

    def __init__(self, path: str, /, **members: Any) -> None:
        super().__init__(**members)
        vars(self)["_path"] = path

    def __getattr__(self, name: str) -> Any:
        if name[:1] == "_":
            raise AttributeError(name)
        near = check.did_you_mean(name, [n for n in vars(self) if n[0] != "_"])
        raise AttributeError(message(f"{vars(self)['_path']}.{name}") + near)


class Names:
    """A namespace of TensorFlow that is missing here: each attribute raises advice.

    Args:
        namespace: its name below tf.
    """

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(message(f"{self._namespace}.{name}"))
