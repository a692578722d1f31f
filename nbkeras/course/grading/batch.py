"""Judge all submissions of a folder, each in a process of its own."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbkeras.analysis.exercises import Row, State, Text
from nbkeras.core.annotations import PathLike
from nbkeras.core.names.display_name import display_name
from nbkeras.course.grading.grade import Grade, Status
from nbkeras.course.grading.limits import Limits

SUFFIX = ".zip"
MOST_MESSAGE = 4 * 2**20
LONGEST_NAME = 60
UNREADABLE = Text("the file cannot be judged", "无法检查这份文件")
TOO_LONG = Text(
    "it took longer than {seconds:g} s and was ended",
    "超过 {seconds:g} 秒，已终止",
)
ENDED = Text(
    "its process ended without a result (exit code {code}), as if out of memory",
    "进程没有给出结果就结束了（退出码 {code}），可能是内存不足",
)
ABSENT = Text("nothing was handed in", "没有提交")
OTHER_NAME = Text(
    "the file says that it is of {named}; it is judged on the data of that name",
    "文件里的名字是 {named}；按这个名字的数据检查",
)
NOT_LISTED = Text("{student} is not on the list of students", "{student} 不在名单上")
SAME_ANSWERS = Text(
    "the same model or function as in {others}", "模型或函数与 {others} 完全相同"
)
AGAIN = Text("{student} has handed in {others} too", "{student} 还提交了 {others}")
CODE_CELLS = Text("notebook with {n} code cells", "笔记本，{n} 个代码单元")
RECORDED = Text(
    "recording of {epochs} epochs in {seconds:.0f} s",
    "{epochs} 轮训练的记录，{seconds:.0f} 秒",
)


class FolderError(ValueError):
    """The folder of submissions cannot be used."""


def grade_folder(
    folder: PathLike,
    *,
    secret: str = "",
    limits: Limits | None = None,
    num_jobs: int | None = None,
    students: Sequence[str] = (),
    on_grade: Callable[[Grade], None] = lambda grade: None,
) -> list[Grade]:
    """Judge the submissions of a folder and of the folders in it.

    Args:
        folder: with the files that students handed in, `*.zip`. The first subfolder of
            a path, if there is one, is the name of the student.
        secret: a word that only the teacher knows; held-out data are drawn from it.
        limits: of time and memory for each.
        num_jobs: how many are judged at a time; None for the number of cores.
        students: all names; one without a file gets a row with no points.
        on_grade: is given each result when it is there, in no particular order.

    Returns:
        One grade for each file, sorted by path, and one for each absent student.

    Raises:
        FolderError: there is no such folder, or no file in it.
    """
    root, limits = Path(folder), limits or Limits()
    paths, running = submissions_in(root), _Running()

    def judged(path):
        grade = _judged(root, path, limits, secret, running)
        if not running.is_ended:
            on_grade(grade)
        return grade

    with ThreadPoolExecutor(num_jobs or os.cpu_count() or 1) as threads:
        try:
            grades = list(threads.map(judged, paths))
        except BaseException:  # Ctrl-C does not wait for what is still judged
            running.end_all()
            raise
    names = {grade.student for grade in grades}
    absent = [name for name in students if name not in names]
    return [
        *with_notes(grades, students),
        *(
            Grade(None, name, status=Status.ABSENT, problem=ABSENT)
            for name in dict.fromkeys(absent)
        ),
    ]


def submissions_in(root: Path) -> list[Path]:
    """The files to judge, sorted; a link that leads elsewhere is not followed.

    Raises:
        FolderError: there is no such folder, or no file in it.
    """
    if not root.is_dir():
        raise FolderError(
            f"there is no folder {root}. Write for example: nbkeras grade submitted/"
        )
    files = sorted(
        path
        for path in root.rglob(f"*{SUFFIX}")
        if path.is_file() and not path.is_symlink()
    )
    if not files:
        raise FolderError(
            f"{root} contains no *{SUFFIX}. Students write such a file with "
            "nbkeras.exercise(NAME).submit(model=model)."
        )
    return files


def with_notes(grades: Sequence[Grade], students: Sequence[str] = ()) -> list[Grade]:
    """The grades, with notes on names and on answers that occur more than once."""
    same, by_student = defaultdict(list), defaultdict(list)
    for grade in grades:
        if grade.fingerprint:
            same[grade.exercise, grade.fingerprint].append(grade)
        if grade.exercise:
            by_student[grade.exercise, grade.student].append(grade)
    return [
        replace(grade, notes=tuple(_notes(grade, same, by_student, students)))
        for grade in grades
    ]


def _notes(grade, same, by_student, students) -> Iterator[Text]:
    if grade.named and grade.named != grade.student:
        yield OTHER_NAME.filled(named=grade.named)
    if students and grade.student not in students:
        yield NOT_LISTED.filled(student=grade.student)
    for template, group in (
        (SAME_ANSWERS, same[grade.exercise, grade.fingerprint]),
        (AGAIN, by_student[grade.exercise, grade.student]),
    ):
        if others := [str(other.path) for other in group if other.path != grade.path]:
            names = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
            yield template.filled(others=names, student=grade.student)


class _Running:
    """The processes that judge at this moment, which can be ended all at once."""

    def __init__(self) -> None:
        self._processes: set[Any] = set()
        self._lock, self.is_ended = threading.Lock(), False

    def add(self, process: Any) -> None:
        """Note a process that has started."""
        with self._lock:
            self._processes.add(process)
            if self.is_ended:
                _kill(process)

    def end(self, process: Any) -> None:
        """End a process with all that it has started, and wait for it."""
        with self._lock:
            self._processes.discard(process)
        _kill(process)
        process.join()

    def end_all(self) -> None:
        """End all processes, also those that start later."""
        with self._lock:
            self.is_ended = True
            for process in self._processes:
                _kill(process)


def _judged(root, path, limits, secret, running):
    """The grade of one file, from a new process."""
    inside = path.relative_to(root)
    folder = display_name(inside.parts[0], LONGEST_NAME) if inside.parent.name else ""
    begun = time.monotonic()
    messages, status, code = _messages(path, limits, secret, running)
    about = next((m for m in messages if "student" in m), {})
    result = next((m for m in messages if "rows" in m), {})
    refusal = next((m["unreadable"] for m in messages if "unreadable" in m), "")
    problem = Text("", "")
    if refusal:
        status, problem = Status.UNREADABLE, Text(refusal, refusal)
    elif status is Status.TOO_LONG:
        problem = TOO_LONG.filled(seconds=limits.seconds)
    elif status is Status.ENDED:
        problem = ENDED.filled(code=code)
    named = display_name(about.get("student", ""), LONGEST_NAME)
    return Grade(
        path=inside,
        student=folder or named or display_name(path.stem, LONGEST_NAME),
        exercise=about.get("exercise", ""),
        status=status,
        rows=tuple(map(_row, result.get("rows", ()))),
        max_score=about.get("max_score", 0),
        problem=problem,
        enclosed=tuple(_enclosed(result)),
        fingerprint=result.get("fingerprint", ""),
        is_secret=result.get("is_secret", False),
        named=named,
        seconds=time.monotonic() - begun,
    )


def _messages(
    path: Path, limits: Limits, secret: str, running: _Running
) -> tuple[list[dict[str, Any]], Status, int | None]:
    """(messages of a new process, how it ended, its exit code)."""
    receiver, sender = _context().Pipe(duplex=False)
    process = _context().Process(
        target=_judge_file, args=(path, sender, limits, secret), daemon=True
    )
    messages: list[dict[str, Any]] = []
    deadline = time.monotonic() + limits.seconds
    process.start()
    running.add(process)
    sender.close()
    status = Status.ENDED
    try:
        while True:
            if not receiver.poll(max(0.0, deadline - time.monotonic())):
                status = Status.TOO_LONG
                break
            messages.append(json.loads(receiver.recv_bytes(MOST_MESSAGE)))
            if "rows" in messages[-1]:
                status = Status.JUDGED
                break
    except (EOFError, OSError):  # the process is gone
        pass
    finally:
        running.end(process)
        receiver.close()
    return messages, status, process.exitcode


def _judge_file(path, sender, limits, secret):
    """Import where it is used: the processes of this one are forked ready-made."""
    from nbkeras.course.grading.worker import judge_file

    judge_file(path, sender, limits, secret)


def _context():
    """Processes forked from a clean one that has imported what is needed, if possible.

    This process itself is not forked, since JAX may run threads in it.
    """
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["nbkeras.course.grading.preload"])
        return context
    return multiprocessing.get_context("spawn")


def _kill(process):
    """Kill a process with all that it has started."""
    if process.pid is not None and hasattr(os, "killpg"):
        with contextlib.suppress(OSError):  # it has ended, or has no group of its own
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _row(message):
    return Row(
        State(message["state"]),
        Text(*message["goal"]),
        Text(*message["measured"]),
        message["error"],
        message["self_reported"],
    )


def _enclosed(result):
    if (count := result.get("num_code_cells")) is not None:
        yield CODE_CELLS.filled(n=count)
    if recording := result.get("recording"):
        yield RECORDED.filled(**recording)
