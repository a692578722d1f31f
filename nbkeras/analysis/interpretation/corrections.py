"""Code that corrects labels and removes images; no file is changed here."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath


def correction_code(
    corrections: Mapping[int, int | None],
    *,
    files: Sequence[str] | None = None,
    folder: str | None = None,
    class_names: Sequence[str] | None = None,
    label_form: str = "numbers",
    num_classes: int = 0,
) -> str:
    """Python code that applies corrections.

    Args:
        corrections: {row: correct class number, or None to remove the row}.
        files: the path of each row; None for arrays.
        folder: parent of the class folders; None without class folders.
        class_names: names of the classes, equal to those of their folders.
        label_form: encoding of `y`: "numbers" (n,), "column" (n, 1), "one-hot".
        num_classes: number of classes, for one-hot labels.

    >>> print(correction_code({3: 8, 5: None}))
    import numpy as np
    <BLANKLINE>
    y = y.copy()
    y[[3]] = [8]
    keep = np.ones(len(y), bool)
    keep[[5]] = False
    x, y = x[keep], y[keep]
    """
    relabelled = {r: k for r, k in sorted(corrections.items()) if k is not None}
    left_out = sorted(r for r, k in corrections.items() if k is None)
    if not corrections:
        return ""
    if files is None:
        return _for_arrays(relabelled, left_out, label_form, num_classes)
    names = [str(k) for k in range(num_classes)] if class_names is None else class_names
    moved = {files[row]: str(names[k]) for row, k in relabelled.items()}
    out = [files[row] for row in left_out]
    if folder is None:
        return _as_literals(moved, out)
    return _for_folders(moved, out, folder)


def multi_label_code(
    corrections: Mapping[tuple[int, int], int | None],
    label_names: Sequence[str] | Mapping[int, str],
    *,
    files: Sequence[str] | None = None,
) -> str:
    """Python code that corrects some of the labels of rows that have several.

    Args:
        corrections: {(row, label): 0, 1, or None to remove the row}.
        label_names: names of the labels, by their numbers.
        files: the path of each row; None for arrays.

    >>> print(multi_label_code({(3, 0): 1, (5, 0): 0, (3, 2): 0}, ["a", "b", "c"]))
    y = y.copy()
    y[[3, 5], 0] = [1, 0]
    y[[3], 2] = [0]
    """
    left_out = sorted({row for (row, _), value in corrections.items() if value is None})
    by_label: dict[int, dict[int, int]] = {}
    for (row, label), value in sorted(corrections.items(), key=lambda item: item[0]):
        if value is not None and row not in left_out:
            by_label.setdefault(label, {})[row] = value
    if files is not None and corrections:
        relabelled: dict[str, dict[str, int]] = {}
        for label, values in sorted(by_label.items()):
            for row, value in values.items():
                relabelled.setdefault(files[row], {})[str(label_names[label])] = value
        return _as_literals(relabelled, [files[row] for row in left_out])
    lines = ["y = y.copy()"] if by_label else []
    lines += [
        f"y[{list(values)}, {label}] = {list(values.values())}"
        for label, values in sorted(by_label.items())
    ]
    if left_out:
        lines = ["import numpy as np", "", *lines, *_without(left_out)]
    return "\n".join(lines)


def _without(rows):
    return [
        "keep = np.ones(len(y), bool)",
        f"keep[{rows}] = False",
        "x, y = x[keep], y[keep]",
    ]


def _for_arrays(relabelled, left_out, label_form, num_classes):
    lines = ["import numpy as np", ""]
    if relabelled:
        rows, labels = list(relabelled), list(relabelled.values())
        value = {
            "numbers": f"{labels}",
            "column": f"{[[label] for label in labels]}",
            "one-hot": f"np.eye({num_classes})[{labels}]",
        }[label_form]
        lines += ["y = y.copy()", f"y[{rows}] = {value}"]
    if left_out:
        lines += _without(left_out)
    return "\n".join(lines)


def _as_literals(moved, left_out):
    return f"relabel = {_dict(moved)}\nleave_out = {_list(left_out)}"


def _for_folders(moved, left_out, folder):
    root = PurePath(folder)

    def inside(path):
        path = PurePath(path)
        return str(path.relative_to(root) if path.is_relative_to(root) else path)

    lines = ["from pathlib import Path", "", f"folder = Path({folder!r})"]
    if moved:
        new_classes = {inside(path): name for path, name in moved.items()}
        lines += [
            f"new_class = {_dict(new_classes)}",
            "for name, label in new_class.items():",
            '    target = folder / label / name.replace("/", "_")',
            "    (folder / name).rename(target)",
        ]
    if left_out:
        lines += [
            f"leave_out = {_list(map(inside, left_out))}",
            'beside = folder.parent / "left_out"',
            "beside.mkdir(exist_ok=True)",
            "for name in leave_out:",
            '    (folder / name).rename(beside / name.replace("/", "_"))',
        ]
    return "\n".join(lines)


def _dict(values):
    rows = "".join(f"    {key!r}: {value!r},\n" for key, value in values.items())
    return f"{{\n{rows}}}" if rows else "{}"


def _list(values):
    rows = "".join(f"    {value!r},\n" for value in values)
    return f"[\n{rows}]" if rows else "[]"
