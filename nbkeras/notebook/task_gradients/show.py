"""`nbkeras.task_gradients`: compare the gradients of losses; text, HTML and figure."""

import dataclasses
import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.analysis.task_gradients import task_gradients as analysis
from nbkeras.core.names.display_name import display_name
from nbkeras.models.model import Model
from nbkeras.notebook.widget import html_tables, translations
from nbkeras.notebook.widget.static_picture import text

if TYPE_CHECKING:
    from nbkeras.notebook.widget.figures import Figure

MOST_LAYERS = 40
AGREE, OPPOSE = (11, 102, 181), (194, 80, 10)
BAR_PX = 60


def task_gradients(
    model: Model,
    x: Any,
    y: Any = None,
    *,
    sample_weight: ArrayLike | None = None,
    batch_size: int = analysis.ROWS,
) -> "ShownGradients":
    """Show how the gradients of a model's losses agree, on one batch.

    Losses of several outputs share weights; where their gradients oppose each other, a
    step for one undoes part of the other, and a loss with a far larger gradient decides
    alone. The model is not changed.

    Args:
        model: compiled, with several losses.
        x: data as in `fit`, or the tuple (x, y).
        y: targets, if not part of `x`.
        sample_weight: as in `fit`.
        batch_size: number of rows, from the beginning of the data.

    Returns:
        The numbers (`.cosines`, `.norms`, `.losses`, `.weights`, `.layers`), displayed
        as a table in a notebook; `.figure()` draws them.

    Raises:
        RuntimeError: the model is not compiled.
        ValueError: the data does not fit the model, or it has one loss or its own
            training step.
    """
    result = analysis.task_gradients(
        model, x, y, sample_weight=sample_weight, batch_size=batch_size
    )
    fields = dataclasses.fields(result)
    return ShownGradients(**{f.name: getattr(result, f.name) for f in fields})


class ShownGradients(analysis.TaskGradients):
    """A TaskGradients with a notebook display; see `TaskGradients`."""

    def __repr__(self):
        words = translations.table("task_gradients")
        wide = max(map(len, (words["task"], *self.tasks)))
        lines = [self._title(words), *sentences_of(self, words)]
        columns = [words[key] for key in ("loss", "weight", "norm")]
        lines.append("  ".join([f"{words['task']:<{wide}}", *columns]))
        for task, *numbers in self._rows():
            shown = "  ".join(f"{number:>10.4g}" for number in numbers)
            lines.append(f"{task:<{wide}}  {shown}")
        return "\n".join(lines)

    def _repr_html_(self):
        words = translations.table("task_gradients")
        body = [
            f"<strong>{text(self._title(words))}</strong>",
            *(f"<p>{text(sentence)}</p>" for sentence in sentences_of(self, words)),
            self._matrix(words),
            self._layer_table(words),
        ]
        return f'<div lang="{words["lang"]}">{"".join(body)}</div>'

    def figure(self) -> "Figure":
        """The cosines, the weighted norms, and the cosines of each layer."""
        from nbkeras.notebook.widget.figures import Figure

        words = translations.table("task_gradients")
        figure = Figure(figsize=(10, 3.4), layout="constrained")
        matrix, sizes, layers = figure.subplots(1, 3, width_ratios=(1, 1, 1.6))
        places = range(len(self.tasks))
        matrix.imshow(self.cosines, cmap="RdBu", vmin=-1, vmax=1)
        for i, j in itertools.product(places, places):
            cosine = self.cosines[i, j]
            ink = "white" if abs(cosine) > 0.6 else "black"
            matrix.text(j, i, _shown(cosine), ha="center", va="center", color=ink)
        matrix.set_xticks(places, self.tasks, parse_math=False)
        matrix.set_yticks(places, self.tasks, parse_math=False)
        sizes.barh(places, self.weights * self.norms, color="#0b66b5")
        sizes.set_yticks(places, self.tasks, parse_math=False)
        sizes.invert_yaxis()
        sizes.set_xlabel(words["norm"])
        names = [layer.name for layer in self.layers[:MOST_LAYERS]]
        for i, j in self._pairs():
            cosines = [layer.cosines[i, j] for layer in self.layers[:MOST_LAYERS]]
            pair = f"{self.tasks[i]}, {self.tasks[j]}"
            layers.plot(cosines, range(len(names)), "o", label=pair)
        layers.axvline(0, color="#9aa4b0", linewidth=1)
        layers.set_yticks(range(len(names)), names, parse_math=False)
        layers.set(xlim=(-1.05, 1.05), ylim=(len(names) - 0.5, -0.5))
        layers.set_xlabel(words["cosines"])
        layers.legend(fontsize=8)
        return figure

    def _title(self, words):
        return words["title"].format(n=len(self.tasks), rows=self.rows)

    def _rows(self):
        """(task, loss, weight, weighted norm) of each task."""
        sizes = self.weights * self.norms
        return zip(self.tasks, self.losses, self.weights, sizes, strict=True)

    def _pairs(self):
        return list(itertools.combinations(range(len(self.tasks)), 2))

    def _matrix(self, words):
        """A table of the tasks: numbers, a bar for the norm, and the cosines."""
        largest = float((self.weights * self.norms).max()) or 1.0
        heads = [words[key] for key in ("task", "loss", "weight", "norm")]
        lines = [html_tables.head_cells(*heads, *self.tasks)]
        for index, (task, loss, weight, size) in enumerate(self._rows()):
            bar = (
                f'<div style="background:rgb{AGREE};height:9px;'
                f'width:{max(1, round(BAR_PX * float(size) / largest))}px"></div>'
            )
            cells = [
                html_tables.name_cell(task, "row"),
                f"<td>{loss:.4g}</td><td>{weight:.4g}</td>",
                f'<td style="text-align:left">{size:.3g}{bar}</td>',
                *(
                    _cell(
                        self.cosines[index, other],
                        words["cosine"].format(first=task, second=self.tasks[other]),
                    )
                    for other in range(len(self.tasks))
                ),
            ]
            lines.append("".join(cells))
        return html_tables.table(lines, self._title(words))

    def _layer_table(self, words):
        pairs = self._pairs()
        names = [f"{self.tasks[i]}, {self.tasks[j]}" for i, j in pairs]
        lines = [html_tables.head_cells(words["layer"], *names)]
        for layer in self.layers[:MOST_LAYERS]:
            cells = [html_tables.name_cell(layer.name, "row")]
            for i, j in pairs:
                pair = {"first": self.tasks[i], "second": self.tasks[j]}
                title = words["cosine"].format(**pair)
                cells.append(_cell(layer.cosines[i, j], title))
            lines.append("".join(cells))
        summary = f"<summary>{text(words['by_layer'])}</summary>"
        layers = html_tables.table(lines, words["by_layer"])
        return f"<details open>{summary}{layers}</details>"


def sentences_of(gradients: analysis.TaskGradients, words: Mapping[str, str]) -> list:
    """What the gradients mean, in the language of `words`."""
    sentences = [
        words["opposing"].format(first=first, second=second, cosine=_shown(cosine))
        for first, second, cosine in gradients.opposing[:3]
    ] or [words["agree"]]
    if gradients.dominant is not None:
        large, small, ratio = gradients.dominant
        sentences.append(
            words["dominant"].format(large=large, small=small, ratio=f"{ratio:.3g}")
        )
    return sentences


def trait_of(gradients: analysis.TaskGradients) -> dict[str, Any]:
    """The gradients as texts for the page: {title, agree, sentences, heads, rows}.

    A row is (output, loss, weight, weighted norm, cosine with each output).
    """
    words = translations.table("task_gradients")
    tasks = list(map(display_name, gradients.tasks))
    columns = (
        gradients.losses,
        gradients.weights,
        gradients.weights * gradients.norms,
    )
    numbers = zip(*columns, gradients.cosines, strict=True)
    return {
        "title": words["title"].format(n=len(tasks), rows=gradients.rows),
        "agree": not gradients.opposing and gradients.dominant is None,
        "sentences": sentences_of(gradients, words),
        "heads": [words[key] for key in ("task", "loss", "weight", "norm")]
        + [words["cosine_with"].format(name=task) for task in tasks],
        "rows": [
            [task, *(f"{value:.4g}" for value in row), *map(_shown, cosines)]
            for task, (*row, cosines) in zip(tasks, numbers, strict=True)
        ],
    }


def _cell(cosine, title):
    """A table cell coloured by its cosine."""
    if not np.isfinite(cosine):
        return f'<td title="{text(title)}">–</td>'
    colour = AGREE if cosine >= 0 else OPPOSE
    shade = (*colour, round(0.75 * abs(float(cosine)), 3))
    return (
        f'<td title="{text(title)}" style="background:rgba{shade};text-align:center;'
        f'min-width:2.5em">{_shown(cosine)}</td>'
    )


def _shown(cosine):
    return "–" if not np.isfinite(cosine) else f"{cosine:.2f}".replace("-", "−")
