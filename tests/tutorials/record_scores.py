"""Record what real Keras scores in each tutorial script: `scores.json`.

Run in an environment with tensorflow and tf_keras, and again in one with keras on JAX:

    python tests/tutorials/record_scores.py [PATTERN ...]
    KERAS_BACKEND=jax python tests/tutorials/record_scores.py "jax_*"

The first part of a script's name says which library it is for:

    keras1, pasted   none that can be installed runs it: a bound in `test_scripts.py`
    keras2           tf_keras, under the name keras
    tf2              tf_keras, under the name tensorflow.keras
    keras3           keras on TensorFlow
    jax              keras on JAX

Every script runs in a process forked after the slow imports.
"""

import fnmatch
import importlib
import importlib.abc
import importlib.util
import json
import os
import runpy
import sys
import tempfile
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from tutorial_setting import RECORDED, SCRIPTS, write_digits

LIBRARIES = {
    "keras2": "tf_keras",
    "tf2": "tf_keras",
    "keras3": "keras",
    "jax": "keras",
}


class Alias(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answer `import old.x` with the module `new.x`."""

    def __init__(self, old: str, new: str):
        self.old, self.new = old, new

    def find_spec(self, fullname, path=None, target=None):
        if fullname == self.old or fullname.startswith(f"{self.old}."):
            return importlib.util.spec_from_loader(fullname, self)
        return None

    def create_module(self, spec):
        return importlib.import_module(self.new + spec.name[len(self.old) :])

    def exec_module(self, module):
        pass


def rename(old: str, new: str) -> None:
    """Let every import of `old` and below find `new`."""
    for name in list(sys.modules):
        if name == old or name.startswith(f"{old}."):
            del sys.modules[name]
    sys.meta_path.insert(0, Alias(old, new))


def use_tf_keras() -> None:
    """Give tf_keras the names keras and tensorflow.keras."""
    import tensorflow as tf
    import tf_keras

    rename("keras", "tf_keras")
    rename("tensorflow.keras", "tf_keras")
    tf.keras = tf_keras
    for name in ("losses", "metrics", "optimizers", "initializers"):
        setattr(tf, name, getattr(tf_keras, name))


def score_of(script: Path, library: str) -> float:
    """Run the script in this process and return its `score`."""
    if library == "tf_keras":
        use_tf_keras()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write_digits(Path(folder))
        return float(runpy.run_path(str(script))["score"])


def forked_score(script: Path, library: str) -> float | None:
    """The score of the script in a child process; None if it ended in an error."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            score = score_of(script, library)
            os.write(writer, repr(score).encode())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return float(answer) if answer else None


def main() -> None:
    """Record the scripts that match a pattern and whose library can be imported."""
    patterns = sys.argv[1:] or ["*"]
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    eras = ["jax"] if backend == "jax" else ["keras2", "tf2", "keras3"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    importlib.import_module("keras")
    if backend != "jax":
        importlib.import_module("tf_keras")
    versions = {
        name: getattr(sys.modules.get(name), "__version__", None)
        for name in ("keras", "tf_keras")
    }
    scores = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    for script in sorted(SCRIPTS.glob("*.py")):
        era = script.name.split("_")[0]
        wanted = any(fnmatch.fnmatch(script.name, pattern) for pattern in patterns)
        if era not in eras or not wanted:
            continue
        library = LIBRARIES[era]
        score = forked_score(script, library)
        print(script.name, score, flush=True)
        scores.pop(script.name, None)
        if score is not None:
            scores[script.name] = {
                "score": round(score, 4),
                "library": f"{library} on {backend}",
                "version": versions[library],
            }
        RECORDED.write_text(json.dumps(scores, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
