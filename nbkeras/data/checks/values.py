"""Check values of arrays: equal numbers of rows, finite values, valid weights."""

import math
from typing import Any

import jax
import numpy as np

from nbkeras.core import notices
from nbkeras.core.names.display_name import display_name
from nbkeras.data.array_batches import LazyRows

# Up to this many bytes every value is checked (about 0.1 s); beyond it, evenly
# spaced rows of SAMPLE_BYTES in total.
FULL_SCAN_BYTES = 200 * 2**20
SAMPLE_BYTES = 20 * 2**20
# {task: consequence of NaN in the data}.
OUTCOMES = {
    "fit": "Training on them makes every weight NaN.",
    "evaluate": "The loss and the metrics would be NaN.",
    "predict": "The predictions of such rows are NaN.",
}
# The square of anything larger is infinite in float32.
LARGEST = 1e18
# Rows of probabilities add up to 1, but for rounding.
SUM_TOLERANCE = 1e-3


def same_rows(x: Any, y: Any = None, weight: Any = None) -> int:
    """The number of rows, which all arrays must share.

    Raises:
        ValueError: the numbers differ; the message lists those of the arrays.
    """
    sizes = {}
    for name, tree in (("x", x), ("y", y), ("sample_weight", weight)):
        for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
            sizes[name + jax.tree_util.keystr(path)] = int(leaf.shape[0])
    if not sizes:
        raise ValueError("x contains no array. Give one row per example.")
    if len(set(sizes.values())) == 1:
        return next(iter(sizes.values()))
    raise ValueError(_unequal(sizes, x, y))


def _unequal(sizes, x, y):
    several = isinstance(x, list | tuple)
    shown = ", ".join(
        f"{display_name(name)} has {n}" for name, n in list(sizes.items())[:6]
    )
    rows_y = next((n for name, n in sizes.items() if name[0] == "y"), None)
    text = f"The number of rows differs: {shown}. Each array needs one row per example."
    if several and len(x) > 1 and (rows_y in (None, len(x)) or len(x) > 6):
        return (
            f"x is a list of {len(x)} arrays, which means {len(x)} inputs. {text} If "
            "each array is one example, stack them: x = np.stack(x)."
        )
    if y is not None and getattr(y, "ndim", 0) == 2 and y.shape[1] == sizes.get("x"):
        return f"{text} The rows of y are its second axis: write y = y.T."
    if "x" in sizes and rows_y is not None:
        n = min(sizes["x"], rows_y)
        return (
            f"{text} Load x and y from the same rows; to use the first {n} only: "
            f"x, y = x[:{n}], y[:{n}]."
        )
    return f"{text} Load them from the same rows."


def finite(
    name: str, tree: Any, raise_nonfinite: bool = True, task: str = "fit"
) -> None:
    """Raise for NaN and infinity; give a notice about extremely large values.

    Args:
        name: "x" or "y", for the message.
        tree: a tree of arrays.
        raise_nonfinite: True raises an error; False gives one notice.
        task: "fit", "evaluate" or "predict"; determines the consequence in the message.

    Raises:
        ValueError: the message gives the number of such values and the first position.
    """
    for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        text = _not_finite(name + jax.tree_util.keystr(path), leaf, task)
        if text and raise_nonfinite:
            raise ValueError(text)
        if text:
            notices.once(("finite", name), text)


def _not_finite(name, leaf, task):
    if not np.issubdtype(leaf.dtype, np.floating):
        return None
    rows, step = _sampled(leaf)
    # Minimum and maximum also reveal NaN and infinity, in one pass each.
    low, high = float(rows.min()), float(rows.max())
    if np.isfinite(low) and np.isfinite(high):
        return _too_large(name, low, high)
    is_nonfinite = ~np.isfinite(rows)
    count = int(is_nonfinite.sum())
    first = [int(i) for i in np.argwhere(is_nonfinite)[0]]
    if step == 0:
        place = f"the stored value number {first[0]} of {name}"
    else:
        place = f"{name}[{', '.join(str(i) for i in [first[0] * step, *first[1:]])}]"
    kinds = "NaN" if np.isnan(rows[is_nonfinite]).all() else "NaN or infinite"
    some = "at least " if step > 1 else ""
    variable = name.split("[")[0]
    return (
        f"{name} has {some}{count} value{'s' if count > 1 else ''} that "
        f"{'are' if count > 1 else 'is'} {kinds}, the first at {place}. "
        f"{OUTCOMES[task]} Drop such rows, or fill them: "
        f"{variable} = np.nan_to_num({variable})."
    )


def _too_large(name, low, high):
    size = max(abs(low), abs(high))
    if size <= LARGEST:
        return None
    return (
        f"{name} has values up to {size:.3g}; their squares overflow float32 and the "
        f"loss becomes infinite. Scale them first: {name} = {name} / {size:.3g}."
    )


def _sampled(leaf):
    """(values, step between the sampled rows); step 0 for a sparse matrix."""
    if isinstance(leaf, LazyRows):
        if hasattr(leaf.source, "toarray"):
            data = leaf.source.data
            return (data if data.size else np.zeros(1)), 0
        leaf = leaf.source
    if leaf.nbytes <= FULL_SCAN_BYTES:
        return np.asarray(leaf), 1
    step = -(-leaf.nbytes // SAMPLE_BYTES)
    return np.asarray(leaf[::step]), step


def weights(tree: Any) -> Any:
    """Sample weights as float32; (rows, 1) becomes (rows,).

    Negative weights give one notice: training increases the loss of their rows.

    Raises:
        ValueError: a weight is NaN or infinite.
    """
    finite("sample_weight", tree)

    def checked(leaf):
        leaf = np.asarray(leaf, np.float32)
        if leaf.min() < 0:
            first = np.argwhere(leaf < 0)[0]
            place = ", ".join(str(int(i)) for i in first)
            notices.once(
                "negative weights",
                f"sample_weight has {int((leaf < 0).sum())} negative values, the first "
                f"at sample_weight[{place}]: training increases the loss of these "
                "rows. To exclude them, give them the weight 0: sample_weight = "
                "np.maximum(sample_weight, 0).",
            )
        return leaf.reshape(-1) if leaf.shape[1:] == (1,) else leaf

    return jax.tree.map(checked, tree)


def check_weight_shape(
    name: str, weight: Any, values_shape: tuple[int, ...], layer: str = ""
) -> None:
    """Raise if the shape of sample weights does not match the values of a loss.

    Args:
        name: name of the weights in messages.
        weight: an array (rows, ...).
        values_shape: shape of the loss values; its number of rows is not checked.
        layer: the layer of the output in messages, "Dense 'dense'".

    Raises:
        ValueError: the weights have too many axes, or a size that differs.
    """
    shape = tuple(weight.shape)
    lengths = zip(shape[1:], values_shape[1:], strict=False)
    if len(shape) <= len(values_shape) and all(n in (1, m) for n, m in lengths):
        return
    expected = (shape[0], *values_shape[1:])
    unit = "row" if len(expected) == 1 else "place"
    of_layer = f" of {layer}" if layer else ""
    every_row = f" or {(shape[0],)}, one weight per row" if len(expected) > 1 else ""
    if math.prod(shape[1:]) == 1:
        advice = f"Write {name}.reshape(-1)."
    elif len(shape) == 2:
        advice = (
            f"Write for example {name}[:, 0]. To weigh classes: class_weight="
            "{0: 1.0, 1: 5.0}; to weigh outputs: compile(loss_weights=...)."
        )
    else:
        advice = f"Write for example {name}.reshape(len({name}), -1).mean(axis=1)."
    raise ValueError(
        f"{name} has the shape {shape}, and the loss gives one value for each {unit} "
        f"of the output{of_layer}: weights of the shape {expected} are needed"
        f"{every_row}. {advice}"
    )


def classes(name: str, y: np.ndarray) -> None:
    """Raise if the targets of a regression loss cannot be classes, for `class_weight`.

    Integers, one-hot rows and rows of probabilities can be classes.

    Raises:
        ValueError: fractional numbers, or has_columns that do not add up to 1.
    """
    if not y.size:
        return
    has_columns = y.ndim > 1 and y.shape[-1] > 1
    if has_columns:
        sums = y.sum(axis=-1)
        wrong = (np.abs(sums - 1) > SUM_TOLERANCE) | (y < 0).any(axis=-1)
    else:
        wrong = np.rint(y) != y
    if not wrong.any():
        return
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    place = f"{name}[{', '.join(map(str, first))}]"
    reason = (
        f"the columns of {place} do not add up to 1"
        if has_columns
        else f"{place} is {y[first]:.4g}"
    )
    raise ValueError(
        f"class_weight gives each class a weight, but the loss is a regression loss: "
        f"{name} holds quantities, not classes ({reason}). Give one weight per row, "
        f"for example sample_weight=np.where({name}{'[:, 0]' if has_columns else ''} > "
        f"{float(np.median(y)):.3g}, 5.0, 1.0), instead of class_weight."
    )
