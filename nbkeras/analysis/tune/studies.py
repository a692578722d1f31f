"""Studies of Optuna: where one is kept, and which of its trials still run.

Optuna is imported here and in `search`, when a search begins: it is an extra.
"""

import hashlib
import inspect
import os
import re
import socket
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

try:
    import fcntl
except ImportError:  # Windows; Optuna's own lock then
    fcntl = None

HOST, PID = "nbkeras_host", "nbkeras_pid"


def optuna() -> ModuleType:
    """The module `optuna`, its notes on each trial silenced.

    Raises:
        ImportError: it is not installed.
    """
    try:
        import optuna
    except ImportError:
        raise ImportError(
            "nbkeras.tune needs Optuna, which is not installed. Write "
            'pip install "nbkeras[tune]" (in a notebook: %pip install ...), and '
            "restart the kernel."
        ) from None
    return optuna


def study_name(build: Callable[..., Any]) -> str:
    """A name for the study of a function: changed code is another study.

    The search goes on where the same code stopped; with other layers or ranges the old
    trials would say nothing.
    """
    name = re.sub(r"\W+", "-", getattr(build, "__name__", "model")).strip("-")
    try:
        code = getattr(build, "source", None) or inspect.getsource(build)
    except (OSError, TypeError):
        code = getattr(getattr(build, "__code__", None), "co_code", repr(type(build)))
    code = code.encode() if isinstance(code, str) else code
    return f"{name or 'model'}-{hashlib.sha256(code).hexdigest()[:8]}"


def open_study(
    name: str,
    folder: Path,
    storage: Any,
    direction: str,
    seed: int | None,
    pruner: Any = None,
) -> Any:
    """The study `name`, new or as it was left.

    Args:
        name: of the study.
        folder: an existing folder for its file, used if there is no `storage`.
        storage: an address of a database ("sqlite:///tuning.db"), a storage object of
            Optuna, or None for a file.
        direction: "minimize" or "maximize".
        seed: of the suggestions.
        pruner: decides which trials end early; None for Optuna's own choice.
    """
    module = optuna()
    module.logging.set_verbosity(module.logging.WARNING)
    if storage is None:
        storage = file_storage(folder / f"{name}.journal")
    study = module.create_study(
        study_name=name,
        storage=storage,
        direction=direction,
        sampler=module.samplers.TPESampler(seed=seed, constant_liar=True),
        pruner=pruner,
        load_if_exists=True,
    )
    _close_trials_of_dead_processes(study, module.trial.TrialState)
    return study


def file_storage(path: Path) -> Any:
    """Optuna's storage in a file, for several processes on one machine.

    A process that is killed leaves no lock behind, and no half of a line.
    """
    journal = optuna().storages.journal
    lock = None if fcntl is None else _FileLock(path)
    backend = journal.JournalFileBackend(str(path), lock_obj=lock)
    if lock is not None:
        _remove_half_line(path, lock)
    return optuna().storages.JournalStorage(backend)


class _FileLock:
    """A lock between processes that the system takes back when its holder dies."""

    def __init__(self, path):
        self._path, self._held = path, None

    def acquire(self):
        """Wait for the lock."""
        file = self._path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except BaseException:
            file.close()
            raise
        self._held = file
        return True

    def release(self):
        """Give the lock back."""
        file, self._held = self._held, None
        file.close()


def _remove_half_line(path, lock):
    """Cut off what a process wrote that died in the middle of a line."""
    lock.acquire()
    try:
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)
    finally:
        lock.release()


def importances(study: Any) -> dict[str, float]:
    """{hyperparameter: share of what makes completed trials differ}."""
    importance = optuna().importance
    evaluator = importance.PedAnovaImportanceEvaluator()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # says where a quantile holds few trials
        shares = importance.get_param_importances(study, evaluator=evaluator)
    return {name: float(share) for name, share in shares.items()}


def sign(trial: Any) -> None:
    """Note on a trial which process trains it."""
    trial.set_user_attr(HOST, socket.gethostname())
    trial.set_user_attr(PID, os.getpid())


def _close_trials_of_dead_processes(study, state):
    """Mark trials as failed whose process, on this machine, no longer lives."""
    for trial in study.get_trials(deepcopy=False, states=(state.RUNNING,)):
        host, pid = (trial.user_attrs.get(key) for key in (HOST, PID))
        if host == socket.gethostname() and not _lives(pid):
            study.tell(trial.number, state=state.FAIL)


def _lives(pid):
    if pid == os.getpid():
        return False  # one search at a time in a process, and it has not begun
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, TypeError, OverflowError):
        return False
    return True
