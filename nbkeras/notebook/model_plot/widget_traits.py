"""The traits of the model plot widget."""

import re

from nbkeras.analysis.model_plot import svg
from nbkeras.analysis.model_plot.anatomy import Block
from nbkeras.analysis.model_plot.drawing import draw, shortened
from nbkeras.analysis.model_plot.labels import labels, shape_text
from nbkeras.analysis.model_plot.scene import Scene, SceneNode, unfold

BATCH = 32
MISTAKE = "mistake:"


def scene(anatomy, opened=(), mistake=None):
    """The Scene of a model, ending with the layer that does not fit, if any."""
    model_scene = unfold(anatomy, opened)
    if mistake is None:
        return model_scene
    layer_text = str(mistake.get("layer") or "?")
    # "conv2d_1 (Conv2D)" is a name and a class, anything else a class.
    match = re.fullmatch(r"(.+) \((\w+)\)", layer_text)
    name, kind = match.groups() if match else (layer_text, layer_text)
    broken = SceneNode(MISTAKE, "broken", (Block(MISTAKE, name, kind),))
    tails = {tail for tail, _ in model_scene.edges}
    ends = [node.key for node in model_scene.nodes if node.key not in tails]
    edges = (*model_scene.edges, *((end, MISTAKE) for end in ends))
    return Scene((*model_scene.nodes, broken), edges, model_scene.frames)


def drawings(scene, words):
    """{"LR": ..., "TB": ...}: the drawing in both directions."""
    return {
        direction: wire(drawing(scene, words, direction), words)
        for direction in ("LR", "TB")
    }


def drawing(scene, words, rankdir):
    """The Drawing of a Scene with the labels of a notebook."""

    def labels_of(node):
        return labels(
            node,
            words,
            shapes=True,
            names="given",
            activations=True,
            parameters=True,
            trainable=True,
            inline=rankdir == "TB",
        )

    return draw(scene, labels_of, rankdir)


def wire(drawn, words):
    """A Drawing as plain data."""
    blocks = [
        {
            "key": key,
            "cards": [_rounded(*corner) for corner in svg.cards(b)],
            "size": _rounded(b.width, b.height, b.depth),
            "text": [*_rounded(b.text_x, b.text_y), b.anchor],
            "labels": [[label.text, label.role] for label in b.labels],
            "box": _rounded(b.left, b.top, b.right - b.left, b.bottom - b.top),
        }
        for key, b in drawn.blocks.items()
    ]
    ways = [
        {
            "line": svg.path(points),
            "head": svg.path(svg.arrow(points), closed=True),
            "middle": _rounded(*points[len(points) // 2]),
            "broken": head == MISTAKE,
        }
        for (_, head), points in drawn.ways.items()
    ]
    frames = [
        {
            "key": frame.key,
            "title": _frame_title(frame, words),
            "box": _rounded(x, y, width, height),
        }
        for frame, x, y, width, height in drawn.frames
    ]
    size = {"width": round(drawn.width), "height": round(drawn.height)}
    return {**size, "blocks": blocks, "ways": ways, "frames": frames}


def _frame_title(frame, words):
    times = f"{frame.times} × " if frame.times > 1 else ""
    title = shortened(frame.title) if frame.title else ""
    count = words["layers"].format(n=frame.count) if frame.count > 1 else ""
    return (times + (title or count)).strip()


def _rounded(*numbers):
    return [round(number, 1) for number in numbers]


def facts(scene, words, operations=None):
    """{key: information on a block or group}, including rows of (label, text).

    Args:
        scene: a Scene. words: texts in one language.
        operations: operations of the whole model, to compute each block's share.
    """
    return {node.key: _facts(node, words, operations) for node in scene.nodes}


def totals(anatomy, words):
    """Rows (label, text) for the whole model."""
    rows = [(words["count_layers"], str(count_layers(anatomy)))]
    if anatomy.parameters is not None:
        text = f"{anatomy.parameters:,}"
        if anatomy.trained != anatomy.parameters:
            text = words["of_them_trained"].format(n=text, m=f"{anatomy.trained:,}")
        rows.append((words["parameters"], text))
        rows.append((words["weights_memory"], size(anatomy.weight_bytes)))
    if anatomy.operations is not None:
        rows.append((words["operations"], amount(anatomy.operations)))
    memory = anatomy.memory(BATCH)
    if memory is not None and anatomy.parameters is not None:
        output_memory = size(memory - anatomy.weight_bytes)
        parts = {"kept": output_memory, "weights": size(anatomy.weight_bytes)}
        rows.append((words["memory"], words["memory_of"].format(**parts)))
    return [list(row) for row in rows]


def caption(anatomy, words):
    """One sentence describing the whole model."""
    memory = anatomy.memory(BATCH)
    parts = {"name": shortened(anatomy.name, 60), "layers": count_layers(anatomy)}
    if memory is None or anatomy.operations is None or anatomy.parameters is None:
        return words["caption_open"].format(**parts)
    return words["caption"].format(
        **parts,
        parameters=f"{anatomy.parameters:,}",
        operations=amount(anatomy.operations),
        memory=size(memory),
    )


def count_layers(anatomy):
    """Number of layers, including those of nested models, without Inputs."""
    return sum(
        count_layers(block.inner) if block.inner else block.kind != "InputLayer"
        for block in anatomy.blocks
        if not block.call
    )


def amount(count):
    """A large number in short form: "253 M"."""
    for unit in ("", " k", " M", " G"):
        if count < 1000:
            return f"{count:.3g}{unit}"
        count /= 1000
    return f"{count:.4g} T"


def size(count):
    """A size in bytes in short form: "40.6 MB"."""
    for unit in ("B", "KB", "MB"):
        if count < 1024:
            return f"{count:.3g} {unit}" if unit != "B" else f"{count} B"
        count /= 1024
    return f"{count:.4g} GB"


def _facts(node, words, operations):
    block = node.alone
    title = [label.text for label in labels(node, words, shapes=True, parameters=True)]
    description = {
        "name": shortened(node.blocks[0].name, 60),
        "family": node.family,
        "opens": node.opens,
        "spoken": ", ".join(title),
        "rows": [],
        "code": "",
    }
    if block is None:
        description["rows"] = _group_rows(node, words, operations)
        return description
    description["spoken"] = f"{shortened(block.name, 60)}: {description['spoken']}"
    description["code"] = block.code if len(block.code) < 1000 else ""
    description["rows"] = _rows(block, words, operations)
    return description


def _rows(block, words, operations):
    rows = []
    if block.outputs:
        inputs = " + ".join(map(shape_text, block.inputs))
        outputs = ", ".join(map(shape_text, block.outputs))
        rows.append([words["shape"], f"{inputs} → {outputs}" if inputs else outputs])
    rows += [[words[key], formula] for key, formula in block.formulas]
    if not block.formulas and block.parameters:
        rows.append([words["parameters"], f"{block.parameters:,}"])
    if block.receptive_field is not None and block.inputs:
        rows.append([words["reach"], _reach(block, words)])
    rows += _cost_rows([block], words, operations)
    return rows


def _group_rows(node, words, operations):
    rows = [[words["count_layers"], str(len(node.blocks))]]
    inputs = " + ".join(map(shape_text, node.blocks[0].inputs))
    outputs = ", ".join(map(shape_text, node.outputs))
    if inputs and outputs:
        rows.append([words["shape"], f"{inputs} → {outputs}"])
    if node.parameters:
        rows.append([words["parameters"], f"{node.parameters:,}"])
    return rows + _cost_rows(node.blocks, words, operations)


def _cost_rows(blocks, words, operations):
    rows = []
    costs = [block.operations for block in blocks]
    if None not in costs and sum(costs):
        share = f" ({100 * sum(costs) / operations:.2g} %)" if operations else ""
        rows.append([words["operations"], amount(sum(costs)) + share])
    output_bytes = [block.output_bytes for block in blocks]
    if None not in output_bytes and sum(output_bytes):
        weights = sum(block.weight_bytes for block in blocks)
        template = words["memory_of" if weights else "memory_kept"]
        parts = {"kept": size(BATCH * sum(output_bytes)), "weights": size(weights)}
        rows.append([words["memory"], template.format(**parts)])
    return rows


def _reach(block, words):
    if block.receptive_field == "whole":
        return words["reach_whole"]
    sizes = " × ".join(f"{axis.size:g}" for axis in block.receptive_field)
    jumps = " × ".join(
        dict.fromkeys(f"{axis.jump:g}" for axis in block.receptive_field)
    )
    return words["reach_at"].format(size=sizes, jump=jumps)
