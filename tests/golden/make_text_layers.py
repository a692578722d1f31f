"""Ask real Keras about the layers for texts: writes text_layers.json and a model file.

    KERAS_BACKEND=jax python make_text_layers.py    # Keras 3.15.1 beside TensorFlow

Its layers need TensorFlow, which is no dependency here: so they are asked once.
"""

import json
from pathlib import Path

import keras
import numpy as np
from text_cases import CASES, TEXTS

HERE = Path(__file__).parent


def answer(name, settings, data, x):
    """{"output", "dtype", "vocabulary", "config"} of one case."""
    layer = getattr(keras.layers, name)(name="layer", **settings)
    if data is not None:
        layer.adapt(np.array(data))
    given = [np.array(part) for part in x] if name == "HashedCrossing" else np.array(x)
    y = np.asarray(layer(x if isinstance(x, str) else given))
    words = layer.get_vocabulary() if hasattr(layer, "get_vocabulary") else None
    config = layer.get_config()
    config.pop("dtype")
    return {
        "output": y.tolist(),
        "dtype": str(y.dtype),
        "vocabulary": json.loads(json.dumps(words, default=_plain)),
        "config": json.loads(json.dumps(config, default=_plain)),
    }


def _plain(value):
    return value.item()


def main():
    """Write both files."""
    answers = [answer(*case) for case in CASES]
    path = HERE / "text_layers.json"
    path.write_text(json.dumps(answers, ensure_ascii=False, indent=1) + "\n")
    vectorize = keras.layers.TextVectorization(output_sequence_length=4)
    vectorize.adapt(TEXTS)
    model = keras.Sequential([keras.Input((1,), dtype="string"), vectorize])
    model.add(keras.layers.Embedding(vectorize.vocabulary_size(), 2))
    model.save(HERE / "text_files" / "keras3_text.keras")
    weigh = keras.layers.TextVectorization(output_mode="tf_idf")
    weigh.adapt(TEXTS)
    model = keras.Sequential([keras.Input((1,), dtype="string"), weigh])
    model.save(HERE / "text_files" / "keras3_tf_idf.keras")


if __name__ == "__main__":
    main()
