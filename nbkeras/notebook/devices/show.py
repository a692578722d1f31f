"""`nbkeras.devices`: list devices, and what a model takes of them."""

import dataclasses
from typing import TYPE_CHECKING, Any

from nbkeras.analysis.devices import devices as analysis
from nbkeras.notebook.widget import html_tables, translations
from nbkeras.notebook.widget.static_picture import text

if TYPE_CHECKING:
    from nbkeras.notebook.widget.figures import Figure

USE_ALL = "nbkeras.distribution.set_distribution(nbkeras.distribution.DataParallel())"
COLOURS = ("#0b66b5", "#c2500a", "#2a7d4f", "#8a4fa3", "#a3850b", "#0b8fa3")
MOST_WEIGHTS = 4


def devices(
    model: Any = None, *, batch_size: int = 32, measure: bool = True
) -> "ShownDevices":
    """Show the devices, and what a model takes of them.

    With a model, each layer is run by itself, forward and backward: memory and time are
    predicted from an eighth and half of the batch, and measured with all of it.
    After a fit on several devices, it shows which rows of a batch and which parts of
    the weights each device had.

    Args:
        model: a built model, or None.
        batch_size: number of rows of a step.
        measure: whether to measure, too: a prediction alone needs less memory.

    Returns:
        The numbers (`.devices`, `.used`, `.layers`, `.placement`), displayed as tables
        in a notebook; `.figure()` draws the placement.

    Raises:
        ValueError: `model` is not built, or `batch_size` is not a positive integer.

    >>> devices().used
    ['cpu:0']
    """
    result = analysis.devices(model, batch_size=batch_size, measure=measure)
    fields = dataclasses.fields(result)
    return ShownDevices(**{f.name: getattr(result, f.name) for f in fields})


class ShownDevices(analysis.Devices):
    """A Devices with a notebook display; see `Devices`."""

    def __repr__(self):
        words = translations.table("devices")
        parts = [_aligned(self._device_rows(words)), *self._sentences(words)]
        if self.layers:
            title = words["layers"].format(rows=self.batch_size)
            parts += ["", title, _aligned(self._layer_rows(words))]
        if self.placement is not None:
            parts += ["", words["placement"], _aligned(self._placement_rows(words))]
        return "\n".join(parts)

    def _repr_html_(self):
        words = translations.table("devices")
        parts = [_table(self._device_rows(words), words["devices"])]
        parts += [f"<p>{text(sentence)}</p>" for sentence in self._sentences(words)]
        if self.layers:
            title = words["layers"].format(rows=self.batch_size)
            parts += [
                f"<strong>{text(title)}</strong>",
                _table(self._layer_rows(words), title),
            ]
        if self.placement is not None:
            title = words["placement"]
            parts.append(f"<strong>{text(title)}</strong>")
            parts.append(_table(self._placement_rows(words), title))
        return f'<div lang="{words["lang"]}">{"".join(parts)}</div>'

    def figure(self) -> "Figure":
        """The rows of a batch, and the divided weights, coloured by device.

        Raises:
            ValueError: there was no fit on several devices.
        """
        from matplotlib.patches import Rectangle

        from nbkeras.notebook.widget.figures import Figure

        placement = self.placement
        if placement is None:
            raise ValueError(
                "devices: there is no placement to draw, because the model was not "
                f"trained on several devices. Write before fit: {USE_ALL}."
            )
        words = translations.table("devices")
        divided = [p for p in placement.weights if placement.is_divided(p)]
        divided = divided[:MOST_WEIGHTS]
        figure = Figure(figsize=(4.2 + 2.4 * len(divided), 3.4), layout="constrained")
        rows, *weights = figure.subplots(
            1, 1 + len(divided), squeeze=False, width_ratios=[1.6, *[1] * len(divided)]
        )[0]
        names = placement.devices
        for place, name in enumerate(names):
            start, stop = placement.rows[name]
            rows.barh(place, stop - start, left=start, color=_colour(place))
        rows.set_yticks(range(len(names)), names)
        rows.invert_yaxis()
        rows.set_xlim(0, placement.batch_rows)
        rows.set_xlabel(words["row_axis"])
        if placement.num_rows < placement.batch_rows:
            rows.axvline(placement.num_rows, color="#333333", linestyle=":")
            rows.set_title(words["padding"].format(n=placement.num_rows), fontsize=9)
        for axes, path in zip(weights, divided, strict=True):
            shape = (*placement.shapes[path], 1)[:2]
            drawn = set()
            for place, name in enumerate(names):
                region = (*placement.weights[path][name], (0, 1))[:2]
                if region in drawn:
                    continue  # another device has the same part
                drawn.add(region)
                (top, bottom), (left, right) = region
                corner, size = (left, top), (right - left, bottom - top)
                axes.add_patch(
                    Rectangle(
                        corner, *size, facecolor=_colour(place), edgecolor="white"
                    )
                )
                axes.text(
                    *((left + right) / 2, (top + bottom) / 2),
                    "\n".join(
                        other
                        for other in names
                        if (*placement.weights[path][other], (0, 1))[:2] == region
                    ),
                    ha="center",
                    va="center",
                    color="white",
                    fontsize=7,
                )
            axes.set(xlim=(0, shape[1]), ylim=(shape[0], 0))
            axes.set_title(f"{path}\n{placement.shapes[path]}", fontsize=9)
        return figure

    def _sentences(self, words):
        idle = len(self.devices) - len(self.used)
        return [words["idle"].format(n=idle, code=USE_ALL)] if idle else []

    def _device_rows(self, words):
        yield [words[key] for key in ("device", "kind", "free", "used")]
        for device in self.devices:
            free = device.memory_bytes
            yield [
                device.name,
                device.kind,
                words["unknown"] if free is None else _size(free),
                words["yes" if device.is_used else "no"],
            ]

    def _layer_rows(self, words):
        keys = ("layer", "memory", "memory_measured", "time", "time_measured")
        yield [words[key] for key in keys]
        for layer in self.layers:
            yield [layer.key, *_cells(layer.predicted, layer.measured)]
        predicted = [layer.predicted.seconds for layer in self.layers]
        measured = [layer.measured.seconds for layer in self.layers if layer.measured]
        total = _time(sum(measured)) if len(measured) == len(predicted) else "–"
        yield [words["total"], "", "", _time(sum(predicted)), total]

    def _placement_rows(self, words):
        placement = self.placement
        assert placement is not None
        divided = [p for p in placement.weights if placement.is_divided(p)]
        yield [words["device"], words["row_axis"], *divided]
        for name in placement.devices:
            start, stop = placement.rows[name]
            parts = [
                " × ".join(f"{low}–{high}" for low, high in placement.weights[p][name])
                for p in divided
            ]
            yield [name, words["rows"].format(start=start, stop=stop), *parts]


def _cells(predicted, measured):
    """Texts of memory and time, each predicted and measured."""
    sizes = [_size(predicted.memory_bytes), _time(predicted.seconds)]
    others = (
        ["–", "–"]
        if measured is None
        else [_size(measured.memory_bytes), _time(measured.seconds)]
    )
    return [sizes[0], others[0], sizes[1], others[1]]


def _size(count):
    for unit in ("B", "KB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"


def _time(seconds):
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} µs"


def _aligned(rows):
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _table(rows, label):
    head, *body = rows
    lines = [html_tables.head_cells(*head)]
    for name, *cells in body:
        numbers = "".join(html_tables.number_cell(cell) for cell in cells)
        lines.append(html_tables.name_cell(name, "row") + numbers)
    return html_tables.table(lines, label)


def _colour(place):
    return COLOURS[place % len(COLOURS)]
