"""tf.train: checkpoints of loops by hand, and the optimizers of TensorFlow 1.

A checkpoint is one `.npz` file of arrays, in the order in which each object lists its
variables; TensorFlow's own checkpoint files are not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras import optimizers
from nbkeras.core.base_classes import BaseLayer, BaseMetric, BaseModel
from nbkeras.core.names import tensorflow_names as absent
from nbkeras.core.variable import Variable
from nbkeras.saving import files

# The file in a folder that names its newest checkpoint, as in TensorFlow.
_INDEX = "checkpoint"
_SUFFIX = ".npz"


class Checkpoint:
    """Saves and restores the variables of a loop by hand.

    Args:
        root: one object whose variables are saved, in place of names.
        **objects: models, layers, optimizers, metrics, variables, or other checkpoints,
            each under a name; lists and dicts of them as well.

    Raises:
        ValueError: an object has no variables to save.

    >>> import tempfile
    >>> step = Variable(3)
    >>> checkpoint = Checkpoint(step=step)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = checkpoint.save(f"{folder}/ckpt")
    ...     _ = step.assign(9)
    ...     _ = checkpoint.restore(path)
    >>> int(checkpoint.step), path.rpartition("/")[2]
    (3, 'ckpt-1')
    """

    def __init__(self, root: Any = None, **objects: Any) -> None:
        if root is not None:
            objects = {"root": root, **objects}
        for name, value in objects.items():
            _refuse_untracked(name, value)
        self._objects = objects
        self.save_counter = Variable(0, dtype="int32", trainable=False)
        vars(self).update(objects)

    def save(self, file_prefix: str | PathLike[str], options: Any = None) -> str:
        """Save under `<file_prefix>-<number>` and return that path."""
        self.save_counter.assign_add(1)
        path = f"{fspath(file_prefix)}-{int(self.save_counter)}"
        self.write(path)
        _note_latest(Path(path), [Path(path).name])
        return path

    def write(self, file_prefix: str | PathLike[str], options: Any = None) -> str:
        """Save under this very path and return it."""
        path = Path(f"{fspath(file_prefix)}{_SUFFIX}")
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = {
            f"{name}/{place:05d}": _storable(variable.numpy())
            for name, leaf in self._leaves()
            for place, variable in enumerate(_variables(leaf))
        }
        with files.written(path) as file:
            np.savez(file, allow_pickle=False, **arrays)
        return fspath(file_prefix)

    def restore(
        self, save_path: str | PathLike[str] | None, options: Any = None
    ) -> RestoreStatus:
        """Restore what was saved; None does nothing.

        A model or optimizer that has no variables yet receives them when it is built.

        Raises:
            FileNotFoundError: there is no such checkpoint.
            ValueError: a model in it differs from the one here.
        """
        if save_path is None:
            return RestoreStatus([], [])
        path = Path(f"{fspath(save_path)}{_SUFFIX}")
        if not path.exists():
            raise FileNotFoundError(
                f"There is no checkpoint {fspath(save_path)!r}. Write "
                "checkpoint.restore(tf.train.latest_checkpoint(folder))."
            )
        saved: dict[str, list[Any]] = {}
        with np.load(path, allow_pickle=False) as file:
            for key in sorted(file.files):
                saved.setdefault(key.rpartition("/")[0], []).append(file[key])
        leaves = dict(self._leaves())
        for name, leaf in leaves.items():
            if name in saved:
                _restore(name, leaf, saved[name], leaves.values())
        return RestoreStatus(
            [name for name in saved if name not in leaves],
            [n for n, leaf in leaves.items() if n not in saved and _variables(leaf)],
        )

    read = restore

    def _leaves(self) -> Iterator[tuple[str, Any]]:
        """(name, object with variables) of everything that is saved."""
        yield "save_counter", self.save_counter
        for name, value in self._objects.items():
            yield from _named_leaves(name, value)


class RestoreStatus:
    """What `restore` could not match.

    Args:
        unused: names in the file that the checkpoint does not have.
        missing: names of the checkpoint that the file does not have.
    """

    def __init__(self, unused: list[str], missing: list[str]) -> None:
        self._unused, self._missing = unused, missing

    def expect_partial(self) -> RestoreStatus:
        """Accept that not everything was restored."""
        return self

    def assert_existing_objects_matched(self) -> RestoreStatus:
        """Raise an AssertionError unless the file had every object."""
        if self._missing:
            raise AssertionError(f"Not in the checkpoint: {', '.join(self._missing)}.")
        return self

    def assert_consumed(self) -> RestoreStatus:
        """Raise an AssertionError unless everything in the file was used too."""
        if self._unused:
            raise AssertionError(
                f"Only in the checkpoint, not among the objects of tf.train.Checkpoint "
                f"here: {', '.join(self._unused)}."
            )
        return self.assert_existing_objects_matched()

    assert_nontrivial_match = assert_existing_objects_matched


class CheckpointManager:
    """Numbered checkpoints in a folder, of which the newest are kept.

    Args:
        checkpoint: what to save.
        directory: the folder.
        max_to_keep: number of checkpoints to keep; None keeps all.
        checkpoint_name: their names before the number.
        **ignored: accepted as in TensorFlow, without effect.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        directory: str | PathLike[str],
        max_to_keep: int | None = 5,
        checkpoint_name: str = "ckpt",
        **ignored: Any,
    ) -> None:
        self.checkpoint = checkpoint
        self.directory = fspath(directory)
        self._max_to_keep, self._name = max_to_keep, checkpoint_name

    @property
    def checkpoints(self) -> list[str]:
        """The paths of the checkpoints in the folder, the newest last."""
        return [fspath(Path(self.directory) / name) for name in _names(self.directory)]

    @property
    def latest_checkpoint(self) -> str | None:
        """The path of the newest, or None."""
        return latest_checkpoint(self.directory)

    def save(
        self, checkpoint_number: Any = None, check_interval: Any = None, **ignored: Any
    ) -> str:
        """Save, remove the oldest if there are too many, and return the path."""
        if checkpoint_number is None:
            self.checkpoint.save_counter.assign_add(1)
            checkpoint_number = self.checkpoint.save_counter
        name = f"{self._name}-{int(checkpoint_number)}"
        path = Path(self.directory) / name
        names = [other for other in _names(self.directory) if other != name] + [name]
        self.checkpoint.write(path)
        cut = len(names) - self._max_to_keep if self._max_to_keep else 0
        for old in names[: max(cut, 0)]:
            (Path(self.directory) / f"{old}{_SUFFIX}").unlink(missing_ok=True)
        _note_latest(path, names[max(cut, 0) :])
        return fspath(path)

    def restore_or_initialize(self) -> str | None:
        """Restore the newest checkpoint, if there is one, and return its path."""
        self.checkpoint.restore(self.latest_checkpoint)
        return self.latest_checkpoint


def latest_checkpoint(
    checkpoint_dir: str | PathLike[str], latest_filename: str | None = None
) -> str | None:
    """The path of the newest checkpoint in a folder, or None."""
    names = _names(checkpoint_dir, latest_filename or _INDEX)
    return fspath(Path(checkpoint_dir) / names[-1]) if names else None


def get_checkpoint_state(checkpoint_dir: str | PathLike[str]) -> Any:
    """TensorFlow 1: an object whose `model_checkpoint_path` is the newest, or None."""
    path = latest_checkpoint(checkpoint_dir)
    if path is None:
        return None
    manager = CheckpointManager(Checkpoint(), checkpoint_dir)
    return _State(path, manager.checkpoints)


class _State:
    """The answer of `get_checkpoint_state`."""

    def __init__(self, newest: str, paths: list[str]) -> None:
        self.model_checkpoint_path = newest
        self.all_model_checkpoint_paths = paths


def _note_latest(path: Path, names: list[str]) -> None:
    """Write the names of the checkpoints in the folder of `path`, the newest last."""
    lines = [f"model_checkpoint_path: {json.dumps(names[-1])}"]
    lines += [f"all_model_checkpoint_paths: {json.dumps(name)}" for name in names]
    with files.written(path.parent / _INDEX) as file:
        file.write(("\n".join(lines) + "\n").encode())


def _names(folder: str | PathLike[str], index: str = _INDEX) -> list[str]:
    """The names of the checkpoints in a folder that exist, the newest last."""
    path = Path(folder) / index
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    names = re.findall(r'^all_model_checkpoint_paths: "([^"/\\]+)"$', text, re.M)
    return [name for name in names if (Path(folder) / f"{name}{_SUFFIX}").exists()]


def _named_leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """(name, object with variables) within a model, list, dict or checkpoint."""
    if isinstance(value, Checkpoint):
        value = value._objects
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _named_leaves(f"{name}/{key}", item)
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _named_leaves(f"{name}/{place}", item)
    elif isinstance(value, BaseModel) and getattr(value, "optimizer", None):
        yield name, value
        yield f"{name}/optimizer", getattr(value, "optimizer")  # noqa: B009
    else:
        yield name, value


def _variables(leaf: Any) -> list[Variable]:
    if isinstance(leaf, Variable):
        return [leaf]
    # Not the states of random numbers, which TensorFlow does not save either.
    is_layer = isinstance(leaf, BaseLayer)
    return list(getattr(leaf, "weights" if is_layer else "variables"))


def _refuse_untracked(name: str, value: Any) -> None:
    kinds = (Variable, BaseLayer, BaseMetric)
    for _, leaf in _named_leaves(name, value):
        if not isinstance(leaf, kinds) and not hasattr(leaf, "variables"):
            kind = type(leaf).__name__
            raise ValueError(
                f"tf.train.Checkpoint({name}=...): a {kind} has no variables to save. "
                "Give models, optimizers, metrics or variables: step=tf.Variable(1)."
            )


def _restore(name: str, leaf: Any, arrays: list[Any], others: Any) -> None:
    if isinstance(leaf, BaseLayer):
        leaf.set_weights_when_built(arrays)  # pyright: ignore[reportAttributeAccessIssue]
        return
    if hasattr(leaf, "set_weights_when_built"):  # an optimizer
        for model in others:
            trained_by = getattr(model, "optimizer", None)
            if trained_by is leaf and model.built and not leaf.built:
                leaf.build(model.trainable_variables)
        leaf.set_weights_when_built(arrays)
        return
    variables = _variables(leaf)
    if len(variables) != len(arrays):
        raise ValueError(
            f"The checkpoint has {len(arrays)} variables of {name!r}, which has "
            f"{len(variables)} here. Create it as in the program that saved it."
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def _storable(array: Any) -> Any:
    """The array in a dtype that NumPy's files have."""
    return array.astype("float32") if array.dtype.kind == "V" else array


def AdadeltaOptimizer(
    learning_rate: Any = 0.001,
    rho: float = 0.95,
    epsilon: float = 1e-8,
    use_locking: bool = False,
    name: str | None = None,
) -> optimizers.Adadelta:
    """TensorFlow 1: `keras.optimizers.Adadelta`."""
    return optimizers.Adadelta(learning_rate, rho=rho, epsilon=epsilon, name=name)


def AdagradOptimizer(
    learning_rate: Any,
    initial_accumulator_value: float = 0.1,
    use_locking: bool = False,
    name: str | None = None,
) -> optimizers.Adagrad:
    """TensorFlow 1: `keras.optimizers.Adagrad`."""
    return optimizers.Adagrad(
        learning_rate, initial_accumulator_value=initial_accumulator_value, name=name
    )


def AdamOptimizer(
    learning_rate: Any = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    use_locking: bool = False,
    name: str | None = None,
) -> optimizers.Adam:
    """TensorFlow 1: `keras.optimizers.Adam`, with another epsilon."""
    return optimizers.Adam(
        learning_rate, beta_1=beta1, beta_2=beta2, epsilon=epsilon, name=name
    )


def FtrlOptimizer(
    learning_rate: Any,
    learning_rate_power: float = -0.5,
    initial_accumulator_value: float = 0.1,
    l1_regularization_strength: float = 0.0,
    l2_regularization_strength: float = 0.0,
    use_locking: bool = False,
    name: str | None = None,
) -> optimizers.Ftrl:
    """TensorFlow 1: `keras.optimizers.Ftrl`."""
    return optimizers.Ftrl(
        learning_rate,
        learning_rate_power=learning_rate_power,
        initial_accumulator_value=initial_accumulator_value,
        l1_regularization_strength=l1_regularization_strength,
        l2_regularization_strength=l2_regularization_strength,
        name=name,
    )


def GradientDescentOptimizer(
    learning_rate: Any, use_locking: bool = False, name: str | None = None
) -> optimizers.SGD:
    """TensorFlow 1: `keras.optimizers.SGD`."""
    return optimizers.SGD(learning_rate, name=name)


def MomentumOptimizer(
    learning_rate: Any,
    momentum: float,
    use_locking: bool = False,
    name: str | None = None,
    use_nesterov: bool = False,
) -> optimizers.SGD:
    """TensorFlow 1: `keras.optimizers.SGD` with momentum."""
    return optimizers.SGD(
        learning_rate, momentum=momentum, nesterov=use_nesterov, name=name
    )


def RMSPropOptimizer(
    learning_rate: Any,
    decay: float = 0.9,
    momentum: float = 0.0,
    epsilon: float = 1e-10,
    use_locking: bool = False,
    centered: bool = False,
    name: str | None = None,
) -> optimizers.RMSprop:
    """TensorFlow 1: `keras.optimizers.RMSprop`; its `decay` is `rho`."""
    return optimizers.RMSprop(
        learning_rate,
        rho=decay,
        momentum=momentum,
        epsilon=epsilon,
        centered=centered,
        name=name,
    )


def __getattr__(name: str) -> Any:
    if name[:2] == "__":
        raise AttributeError(name)
    raise AttributeError(absent.message(f"train.{name}"))
