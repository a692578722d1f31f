"""Write tensorflow_words.json with TensorFlow: `python tests/golden/make_tensorflow_words.py`.

Needs an environment with TensorFlow; the tests need only the file.
"""

import json
import sys
from pathlib import Path

import tensorflow as tf

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from tensorflow_cases import CASES, plain  # noqa: E402

if __name__ == "__main__":
    cases = {}
    for name, make in CASES.items():
        cases[name] = plain(make(tf))
    found = {"tensorflow": tf.__version__, "cases": cases}
    path = HERE / "tensorflow_words.json"
    path.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
    print(f"{len(cases)} cases of TensorFlow {tf.__version__} in {path}")
