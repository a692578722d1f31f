"""Labels of the blocks in a model plot."""

import re

from nbkeras.analysis.model_plot.drawing import Label, shortened

WORDS = {
    "params": "{n} params",
    "layers": "{n} layers",
    "frozen": "frozen",
    "trained": "trainable",
}
WIDEST_KIND = 14


def labels(node, words=None, **show):
    """The labels of a SceneNode, a list of Label.

    Args:
        node: the SceneNode.
        words: translation of WORDS.
        show: `shapes`, `names` (True, False, or "given" for names that the user chose),
            `dtype`, `activations`, `parameters`, `trainable` (True to mark frozen
            layers, "both" to mark all); `inline` for at most two lines.
    """
    words = WORDS if words is None else words
    title = _title(node, words)
    if show.pop("inline", False):
        rest = labels(node, words, **show)[len(title) :]
        text = " · ".join(label.text for label in rest)
        first = [Label(_in_one(node, words, title), "kind")]
        return [*first, Label(text, "shape")] if text else first
    lines = [Label(text, "kind") for text in title]
    block = node.alone
    names = show.get("names")
    if block and (names is True or (names and block.named)):
        lines.append(Label(shortened(block.name), "name"))
    if block and show.get("activations") and block.activation:
        lines.append(Label(shortened(block.activation), "activation"))
    if show.get("shapes"):
        lines += [Label(shape_text(shape), "shape") for shape in node.outputs[:3]]
    if block and show.get("dtype"):
        lines.append(Label(block.dtype, "dtype"))
    if show.get("parameters") and node.parameters:
        lines.append(Label(words["params"].format(n=f"{node.parameters:,}"), "count"))
    if show.get("trainable") and node.parameters:
        frozen = _frozen(node)
        if frozen or show["trainable"] == "both":
            lines.append(Label(words["frozen" if frozen else "trained"], "frozen"))
    return lines


def shape_text(shape):
    """A shape without the batch axis: "148 × 148 × 32"; "?" for unknown sizes."""
    return " × ".join("?" if n is None else str(n) for n in shape[1:]) or "1"


def _in_one(node, words, title):
    if node.alone:
        return "".join(title)
    if len(node.blocks) == node.times:
        return f"{title[0]} {''.join(title[1:])}"
    *head, count, kinds = title
    return " ".join([*head, f"{count} · {kinds}"])


def _frozen(node):
    counts = [block.trained for block in node.blocks]
    return bool(node.parameters) and None not in counts and sum(counts) == 0


def _title(node, words):
    block = node.alone
    if block is None:
        length = len(node.blocks) // node.times
        count = words["layers"].format(n=length)
        kinds = [b.kind for b in node.blocks[:length] if b.parameters]
        kinds = [kind for kind in kinds if "Normalization" not in kind]
        kind = max(kinds, key=kinds.count, default=node.blocks[0].kind)
        many = kinds.count(kind)
        if length == 1:
            return [f"{node.times} ×", *_wrapped(kind)]
        head = [f"{node.times} ×"] if node.times > 1 else []
        return [*head, count, f"{kind} × {many}" if many > 1 else kind]
    return _wrapped("Input" if block.kind == "InputLayer" else block.kind)


def _wrapped(kind):
    """A long class name in two lines, split between words."""
    if len(kind) <= WIDEST_KIND:
        return [kind]
    parts = re.findall(r"[A-Z0-9]+(?![a-z])|[A-Z]?[^A-Z]+", kind) or [kind]
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part) > WIDEST_KIND and len(lines) < 3:
            lines.append("")
        lines[-1] += part
    return [shortened(line) for line in lines]
