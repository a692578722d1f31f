"""`%%exercise` and `%exercise`: run a cell on the data of an exercise, and judge it."""

import contextlib

from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.display import display

from nbkeras.analysis.exercises.catalogue import exercises, find
from nbkeras.analysis.exercises.student import student_name
from nbkeras.notebook.cell_code import run_cell
from nbkeras.notebook.error_messages.translate import translate
from nbkeras.notebook.exercises.show import Task
from nbkeras.notebook.exercises.views import ExerciseList
from nbkeras.notebook.widget import translations
from nbkeras.utils import set_random_seed


class ExerciseLineError(ValueError):
    """A line that cannot be understood; shown without a traceback."""

    def _render_traceback_(self):
        return [str(self)]


@magics_class
class ExerciseMagics(Magics):
    """The magics of a shell, which remember the attempts."""

    def __init__(self, shell):
        super().__init__(shell)
        self._tasks: dict[tuple[str, str], Task] = {}
        self._student: str | None = None

    @line_cell_magic
    def exercise(self, line, cell=None):
        """Work on an exercise: data of your own, and a check of what the cell sets.

            %exercise                    list all exercises, and how they stand
            %exercise first_network      the task, and what the cell gets and sets

            %%exercise first_network
            model = Sequential([...])
            model.compile(...)
            model.fit(x, y)

        The cell gets the variables that the task names, begins with a seed of your own,
        and runs like any other. Then the report says which goals are reached, and how
        far off the others are; each attempt reveals one more hint. Afterwards the
        variables of the task are what they were before; those that the cell sets stay.

        Options:
            --student ada    whose data; from then on, for all exercises
            --submit         with %exercise: write what was last judged into a file, for
                             the teacher
        """
        words = line.split()
        is_submitted = cell is None and "--submit" in words
        if is_submitted:
            line = " ".join(word for word in words if word != "--submit")
        name = self._parsed(line)
        if is_submitted:
            return self._submitted(name)
        if cell is None:
            return self._task(name) if name else self._announced(line)
        if not name:
            raise ExerciseLineError(self._text("usage", name=next(iter(exercises()))))
        task = self._task(name)
        with bound(self.shell.user_ns, task.data):
            set_random_seed(task.seed)
            value = run_cell(self.shell, cell)
        if value is not None:
            display(value)
        variables = self.shell.user_ns
        return task.check(
            **{answer: variables.get(answer) for answer in task.exercise.answers}
        )

    def _announced(self, line):
        """The list, or what the option has changed."""
        if line.strip():
            print(self._text("student", student=student_name(self._student)))
            return None
        student = student_name(self._student)
        tasks = {name: self._tasks.get((name, student)) for name in exercises()}
        return ExerciseList(
            [
                (exercise, task.attempts if task else 0, bool(task and task.solved))
                for (name, exercise) in exercises().items()
                for task in [tasks[name]]
            ]
        )

    def _submitted(self, name):
        """Print the path of the file that was written."""
        if not name:
            raise ExerciseLineError(self._text("submit_usage"))
        try:
            path = self._task(name).submit()
        except ValueError as error:
            raise ExerciseLineError(translate(str(error))) from None
        print(self._text("submitted", path=path))

    def _task(self, name):
        student = student_name(self._student)
        try:
            exercise = find(name)
        except ValueError as error:
            raise ExerciseLineError(translate(str(error))) from None
        key = (exercise.name, student)
        return self._tasks.setdefault(key, Task(exercise, student))

    def _parsed(self, line):
        """The name on the line, "" for none; sets the student if it is on it."""
        words, names = line.replace("=", " ").split(), []
        while words:
            word = words.pop(0)
            if word == "--student" and words:
                self._student = words.pop(0)
            elif word.startswith("-"):
                raise ExerciseLineError(self._text("no_option", option=word))
            else:
                names.append(word)
        if len(names) > 1:
            raise ExerciseLineError(self._text("usage", name=names[0]))
        return names[0] if names else ""

    def _text(self, key, **values):
        return translations.text("exercises", key, **values)


@contextlib.contextmanager
def bound(namespace, variables):
    """Bind variables while a cell runs, and put back what was there before."""
    absent = object()
    before = {name: namespace.get(name, absent) for name in variables}
    namespace.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is absent:
                namespace.pop(name, None)
            else:
                namespace[name] = value


def load(shell):
    """Register the magics."""
    shell.register_magics(ExerciseMagics(shell))


def unload(shell):
    """Remove the magics."""
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("exercise", None)
