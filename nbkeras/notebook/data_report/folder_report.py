"""`nbkeras.folder_report`: check an image folder; as text, HTML and figure."""

import os
from typing import TYPE_CHECKING

from nbkeras.analysis.data_report import folder_report as analysis
from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.static_picture import png_data_url, text

if TYPE_CHECKING:
    from nbkeras.notebook.widget.figures import Figure

LISTED = 10  # most paths listed per kind of problem
CLASSES = 40
SIDE_BY_SIDE = 4  # images shown of a group of duplicates; others by path


class ShownReport(analysis.FolderReport):
    """A FolderReport with a notebook display; see `FolderReport` for its attributes."""

    def __repr__(self):
        words = translations.table("data_report")
        lines = [words["title"].format(folder=self.folder), *self._summary_lines(words)]
        wide = max((len(name) for name in self.classes), default=0)
        rows = list(self.classes.items())
        if rows and rows[0][0]:
            lines += [
                f"  {name:<{min(wide, 40)}} {n:>7,}" for name, n in rows[:CLASSES]
            ]
            lines += _more(words, rows, CLASSES)
        for title, items in self._problems(words):
            lines += [title, *(f"  {_in_words(item)}" for item in items[:LISTED])]
            lines += _more(words, items, LISTED)
        if code := self._class_weight_code():
            lines += [self._imbalance_text(words), f"  {code}"]
        return "\n".join(lines)

    def _repr_html_(self):
        words = translations.table("data_report")
        parts = [f"<strong>{text(words['title'].format(folder=self.folder))}</strong>"]
        parts.append(f"<p>{'<br>'.join(map(text, self._summary_lines(words)))}</p>")
        body = [self._table(words), *self._lists(words)]
        if code := self._class_weight_code():
            body.append(
                f"<p>{text(self._imbalance_text(words))}</p><pre><code>{text(code)}</code></pre>"
            )
        if self.mean_image is not None:
            title = text(words["mean"])
            source = png_data_url(self.mean_image.round().astype("uint8"))
            body.append(
                f'<figure><img alt="{title}" width="96" height="96" '
                f'src="{source}">'
                f"<figcaption>{title}</figcaption></figure>"
            )
        return f'<div lang="{words["lang"]}">{"".join(parts + body)}</div>'

    def figure(self) -> "Figure":
        """Class counts, image sizes and the mean image, as a Matplotlib figure."""
        from nbkeras.notebook.widget.figures import Figure

        words = translations.table("data_report")
        matplotlib_figure = Figure(figsize=(9.5, 3.2), layout="constrained")
        bars, sizes, mean = matplotlib_figure.subplots(1, 3)
        rows = list(self.classes.items())[:CLASSES]
        places = range(len(rows))
        bars.barh(places, [n for _, n in rows], color="#0b66b5")
        bars.set_yticks(places, [name[:24] for name, _ in rows], parse_math=False)
        bars.invert_yaxis()
        bars.set_xlabel(words["pictures"])
        sizes.plot(self.widths, self.heights, "o", color="#0b66b5", alpha=0.3, ms=4)
        sizes.set(xlabel=words["width"], ylabel=words["height"])
        mean.set_axis_off()
        mean.set_title(words["mean"], fontsize=9)
        if self.mean_image is not None:
            mean.imshow(self.mean_image / 255)
        return matplotlib_figure

    def _summary_lines(self, words):
        if not self.total:
            return [words["empty"]]
        loose = list(self.classes) == [""]
        key = "loose" if loose else "total"
        lines = [words[key].format(n=f"{self.total:,}", k=len(self.classes))]
        if self.looked_at < self.total:
            n, total = f"{self.looked_at:,}", f"{self.total:,}"
            lines.append(words["in_time"].format(n=n, total=total))
        for name, (low, middle, high) in self.sizes.items():
            values = {"name": words[name], "low": low, "middle": middle, "high": high}
            key = "one_size" if low == high else "size"
            lines.append(words[key].format(**values))
        kinds = (*self.formats.most_common(), *self.modes.most_common())
        if kinds:
            listed = ", ".join(f"{kind} {n:,}" for kind, n in kinds)
            lines.append(words["kinds"].format(kinds=listed))
        if self.ignored:
            listed = ", ".join(f"{end} {n}" for end, n in self.ignored.most_common(8))
            lines.append(words["ignored"].format(kinds=listed))
        if not self._problems(words):
            lines.append(words["fine"])
        return lines

    def _problems(self, words):
        """[(title, texts, or paths of duplicates)]; empty if there are no problems."""
        empty_classes = [name for name, n in self.classes.items() if not n]
        problems = [
            ("broken", [f"{path}: {reason}" for path, reason in self.broken]),
            ("across", self.across),
            ("shared", self.shared),
            ("duplicates", self.duplicates),
            ("unreadable", self.unreadable),
        ]
        titled = [
            (words[key].format(n=len(items)), items) for key, items in problems if items
        ]
        if empty_classes:
            titled.append(
                (words["vacant"].format(names=", ".join(empty_classes[:8])), [])
            )
        return titled

    def _imbalance_text(self, words):
        return words["uneven"].format(ratio=f"{self.imbalance:.3g}")

    def _class_weight_code(self):
        """The code that balances classes; "" if they are balanced enough."""
        if self.imbalance < analysis.IMBALANCED:
            return ""
        return f"model.fit(..., class_weight={self.class_weight})"

    def _table(self, words):
        rows = list(self.classes.items())
        if not rows or not rows[0][0]:
            return ""
        most = max(self.classes.values()) or 1
        lines = [
            f'<tr><td style="text-align:left">{text(name)}</td><td>{n:,}</td>'
            '<td style="text-align:left"><div style="background:#3d8bbd;height:9px;'
            f'width:{round(160 * n / most)}px"></div></td></tr>'
            for name, n in rows[:CLASSES]
        ]
        more = "".join(f"<p>{text(line)}</p>" for line in _more(words, rows, CLASSES))
        head = f"<th>{text(words['class'])}</th><th>{text(words['pictures'])}</th>"
        return f"<table><tr>{head}<th></th></tr>{''.join(lines)}</table>{more}"

    def _lists(self, words):
        for title, items in self._problems(words):
            listed = [*items[:LISTED], *_more(words, items, LISTED)]
            inner = "".join(f"<li>{self._item(item)}</li>" for item in listed)
            yield f"<p><strong>{text(title)}</strong></p><ul>{inner}</ul>"

    def _item(self, item):
        """A text, or duplicates side by side, each above its path."""
        thumbnail = None if isinstance(item, str) else self.thumbnails.get(item[0])
        if thumbnail is None:
            return text(_in_words(item))
        source = png_data_url(thumbnail)
        shown = "".join(
            '<figure style="display:inline-block;margin:2px 12px 2px 0">'
            f'<img alt="" width="64" height="64" src="{source}">'
            f"<figcaption>{text(path)}</figcaption></figure>"
            for path in item[:SIDE_BY_SIDE]
        )
        return shown + text(", ".join(item[SIDE_BY_SIDE:]))


def folder_report(
    directory: str | os.PathLike[str],
    validation: str | os.PathLike[str] | None = None,
    *,
    seconds: float = 60,
    workers: int | None = None,
) -> ShownReport:
    """Check an image folder before training: classes, sizes, broken files, duplicates.

    Args:
        directory: for example "data/train", with one subfolder for each class.
        validation: a second such folder, to find images that are in both.
        seconds: time limit; files beyond it are counted, but not opened.
        workers: number of threads; None for one per core.

    Returns:
        A report, displayed in a notebook and printed elsewhere: `.classes`, `.sizes`,
        `.broken`, `.duplicates`, `.across`, `.shared`, `.class_weight`, `.mean_image`,
        `.figure()`...; see `nbkeras.analysis.FolderReport`.

    Raises:
        FileNotFoundError, NotADirectoryError: no such folder.
        ValueError: `seconds` or `workers` is not positive.
    """
    return analysis.folder_report(directory, validation, seconds, workers, ShownReport)


def _in_words(item):
    return item if isinstance(item, str) else " = ".join(item)


def _more(words, items, most):
    return [words["more"].format(n=len(items) - most)] if len(items) > most else []
