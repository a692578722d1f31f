"""Record what real Keras and nbkeras score in each tutorial script: `scores.json`.

Run in an environment with tensorflow and tf_keras, in one with keras on JAX, and in one
with nbkeras:

    python tests/tutorials/record_scores.py [--draws 3] [PATTERN ...]
    KERAS_BACKEND=jax python tests/tutorials/record_scores.py "jax_*"
    python tests/tutorials/record_scores.py --nbkeras

The first part of a script's name says which library it is for:

    keras1, pasted   none that can be installed runs it: a bound in `test_scripts.py`
    keras2           tf_keras, under the name keras
    tf2              tf_keras, under the name tensorflow.keras
    keras3           keras on TensorFlow
    jax              keras on JAX

Every script runs several times, each time with other initial weights (`draw`), in a
process forked after the slow imports.
"""

import argparse
import fnmatch
import importlib
import importlib.abc
import importlib.util
import json
import os
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from tutorial_setting import RECORDED, SCRIPTS, run, write_digits

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


def score_of(script: Path, library: str, draw: int) -> float:
    """Run the script in this process and return its `score`."""
    if library == "tf_keras":
        use_tf_keras()
    elif library == "nbkeras":
        warnings.simplefilter("ignore")
        importlib.import_module("nbkeras.compat").install()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write_digits(Path(folder))
        # A script without a seed of its own draws the same numbers each time.
        importlib.import_module("keras").utils.set_random_seed(draw)
        return run(script, draw)


def forked_score(script: Path, library: str, draw: int) -> float | None:
    """The score of the script in a child process; None if it ended in an error."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            score = score_of(script, library, draw)
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


def record(script: Path, library: str, backend: str, draws: int) -> None:
    """Write the scores of the draws that ended without an error."""
    found = [forked_score(script, library, draw) for draw in range(draws)]
    found = [round(score, 4) for score in found if score is not None]
    print(script.name, found, flush=True)
    scores = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    row = scores.setdefault(script.name, {})
    if library == "nbkeras":
        row["nbkeras"] = found
    elif found:
        version = sys.modules[library].__version__
        row |= {"library": f"{library} {version} on {backend}", "real": found}
    RECORDED.write_text(json.dumps(scores, indent=2, sort_keys=True) + "\n")


def main() -> None:
    """Record the scripts that match a pattern and whose library can be imported."""
    parser = argparse.ArgumentParser(description="Record the scores of the scripts.")
    parser.add_argument("patterns", nargs="*", default=["*"])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--nbkeras", action="store_true")
    given = parser.parse_args()
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if given.nbkeras:
        libraries = dict.fromkeys(["keras1", "pasted", *LIBRARIES], "nbkeras")
    else:
        on_jax = backend == "jax"
        libraries = {
            era: library
            for era, library in LIBRARIES.items()
            if (era == "jax") == on_jax
        }
    for library in sorted(set(libraries.values())):
        importlib.import_module(library)
    for script in sorted(SCRIPTS.glob("*.py")):
        wanted = any(fnmatch.fnmatch(script.name, each) for each in given.patterns)
        library = libraries.get(script.name.split("_")[0])
        if library and wanted:
            record(script, library, backend, given.draws)


if __name__ == "__main__":
    main()
