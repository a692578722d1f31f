"""A `%%model` cell with choices as a function that builds its model for a trial."""

import ast
import re
import weakref

from nbkeras.analysis.tune.choices import Choices
from nbkeras.models.saving.cloning import compiled_like
from nbkeras.notebook.model_magic import build, choice_names, options


class TunableCell:
    """Builds the model of a cell with the values that a trial suggests.

    Args:
        line: the first line, after `%%model`.
        body: the lines below it.
        notebook: {name: value} of the notebook's variables.
        model: the model that the cell gave, for compiling if the line does not say how.
        file: file name of the body in tracebacks.
    """

    def __init__(self, line, body, notebook, model, file):
        self.line, self.body, self.file = line, body, file
        # Not all variables, which would keep the user's data alive.
        words = set(re.findall(r"\w+", f"{line}\n{body}"))
        self._notebook = {n: v for n, v in notebook.items() if n in words}
        self._model = weakref.ref(model)
        self.__name__ = options.parse(line, Choices().functions() | notebook).name

    @property
    def source(self):
        """The text of the cell."""
        return f"%%model {self.line}\n{self.body}"

    def __call__(self, trial):
        """The compiled model of one trial.

        Raises:
            CellMistake: a line does not fit with these values.
        """
        return self._built(Choices(trial))

    def code(self, trial):
        """The text of the cell with the values of a trial in place of the choices."""
        choices = Choices(trial)
        self._built(choices)
        line, lists = self._line_with(choices), []
        lines = self.body.encode().split(b"\n")
        functions = set(choices.functions())
        for node in _in_reverse(ast.parse(self.body), functions):
            names = choices.names_by_site.get((node.lineno + 1, node.col_offset), [])
            values = [choices.values[name] for name in names]
            if not values:
                continue  # in a branch that was not taken
            text = _text(values[0])
            if any(value != values[0] for value in values):
                name = f"values_{len(lists) + 1}"
                lists.append(f"{name} = iter([{', '.join(map(_text, values))}])\n")
                text = f"next({name})"
            _replace(lines, node, text.encode())
        body = b"\n".join(lines).decode()
        return f"%%model {line}\n{''.join(reversed(lists))}{body}".rstrip() + "\n"

    def _built(self, choices):
        names = choices.functions() | self._notebook
        line = options.parse(self.line, names)
        model = build.build(self.body, names, line.shape, self.file).model
        source = self._model()
        is_compiled = build.compile_model(model, line, source)
        if not is_compiled and source is not None:
            compiled_like(source, model)
        return model

    def _line_with(self, choices):
        line = self.line.strip()
        for site, names in choices.names_by_site.items():
            if isinstance(site, tuple) and site[0] == "line":
                for name in names:
                    line = line.replace(site[1], _text(choices.values[name]), 1)
        return line


def _in_reverse(tree, functions):
    """The calls of these functions, the last one of the text first."""
    calls = [n for n in ast.walk(tree) if choice_names.is_choice(n, functions)]
    return sorted(calls, key=lambda n: (n.lineno, n.col_offset), reverse=True)


def _replace(lines, node, text):
    """Replace the source of a node, in place; columns count bytes."""
    first, last = node.lineno - 1, node.end_lineno - 1
    after = lines[last][node.end_col_offset :]
    lines[first : last + 1] = [lines[first][: node.col_offset] + text + after]


def _text(value):
    return getattr(value, "__name__", None) or repr(value)
