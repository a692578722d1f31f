"""Weights in HDF5, laid out as Keras 3 does: `layers/<class>[_n]/.../vars/<i>`.

Nothing but plain numeric datasets is ever read, and each shape is compared with the
model's before memory is taken for it.
"""

import io

import numpy as np

from nbkeras.core.naming import snake_case

_NOT_WALKED = ("_arguments", "_original", "_context", "_operations")


def places(layer, inner=""):
    """[(group, [Weight])] for a layer and all below it, in Keras's order."""
    found, seen = [], set()

    def visit(layer, inner):
        if id(layer) in seen:
            return
        seen.add(id(layer))
        found.append((inner, layer.name, layer.own_weights()))
        stack = layer.__dict__.get("_stack")
        if stack is not None:
            visit_list(stack, _join(inner, "layers"))
            return
        if layer.__dict__.get("_graph") is not None:
            visit_list(layer.layers, _join(inner, "layers"))
        for name in sorted(layer.__dict__):
            value = layer.__dict__[name]
            if name in _NOT_WALKED:
                continue
            if hasattr(value, "_is_nbkeras_layer"):
                visit(value, _join(inner, name))
            elif isinstance(value, list | tuple | dict):
                many = value.values() if isinstance(value, dict) else value
                visit_list(many, _join(inner, name))

    def visit_list(many, inner):
        used = {}
        for each in many:
            if not hasattr(each, "_is_nbkeras_layer"):
                continue
            saved_as = getattr(each, "saved_as", None)
            name = snake_case(saved_as[1] if saved_as else type(each).__name__)
            if name in used:
                used[name] += 1
                name = f"{name}_{used[name]}"
            else:
                used[name] = 0
            visit(each, _join(inner, name))

    visit(layer, inner)
    return found


def to_bytes(model, optimizer_arrays=None, optimizer_name="optimizer"):
    """The weights file as bytes; made in memory, so a full disk cannot corrupt it."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for group, name, weights in places(model):
            variables = file.create_group(_join(group, "vars"))
            variables.attrs["name"] = name
            for number, weight in enumerate(weights):
                variables.create_dataset(str(number), data=np.asarray(weight.value))
        if optimizer_arrays:
            variables = file.create_group("optimizer/vars")
            variables.attrs["name"] = optimizer_name
            for number, array in enumerate(optimizer_arrays):
                variables.create_dataset(str(number), data=np.asarray(array))
    return buffer.getvalue()


def read(source, model, path, skip_mismatch=False):
    """{Weight: array} for all weights of `model`; the model is not touched.

    Args:
        source: open binary file or bytes.
        model: built, its weights need no values yet.
        path: named in messages.
        skip_mismatch: leave weights out whose place is missing or of another shape.

    Raises:
        ValueError: damaged, or not the weights of this model; lists the first five.
    """
    with _opened(source, path) as file:
        found, wrong = {}, []
        for group, name, weights in places(model):
            for number, weight in enumerate(weights):
                place = _join(group, f"vars/{number}")
                problem, array = _read_one(file, place, weight.shape, path)
                if problem:
                    wrong.append(f"{name}: {weight.name} {weight.shape}, {problem}")
                else:
                    found[weight] = array
            extra = _count(file, _join(group, "vars")) - len(weights)
            if extra > 0:
                wrong.append(f"{name}: the file has {extra} weights more")
    if wrong and not skip_mismatch:
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise ValueError(
            f"{path} holds weights of another model: {'; '.join(wrong[:5])}{more}. "
            "Build the model that was saved, or write skip_mismatch=True to load the "
            "rest. Nothing was changed."
        )
    return found


def read_optimizer(source, path, shapes):
    """The optimizer's arrays if they have these shapes, else None."""
    with _opened(source, path) as file:
        if _count(file, "optimizer/vars") != len(shapes):
            return None
        arrays = []
        for number, shape in enumerate(shapes):
            problem, array = _read_one(file, f"optimizer/vars/{number}", shape, path)
            if problem:
                return None
            arrays.append(array)
    return arrays


def count_optimizer(source, path):
    """How many arrays of an optimizer the file holds."""
    with _opened(source, path) as file:
        return _count(file, "optimizer/vars")


def _opened(source, path):
    import h5py

    source = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        return h5py.File(source, "r")
    except Exception as error:
        raise ValueError(
            f"{path} is damaged or no weights file: HDF5 cannot open it ({error})."
        ) from None


def _node(file, place):
    """The object at `place`, following hard links only; None if there is none."""
    import h5py

    node = file
    for part in place.split("/"):
        if not isinstance(node, h5py.Group):
            return None
        link = node.get(part, getlink=True) if part in node else None
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise ValueError(
                f"{file.filename}: {place!r} is a link to another place; only plain "
                "data is read. Nothing was loaded."
            )
        node = node[part]
    return node


def _count(file, place):
    node = _node(file, place)
    return len(node) if node is not None else 0


def _read_one(file, place, shape, path):
    """(problem, None) or (None, array)."""
    import h5py

    node = _node(file, place)
    if node is None:
        return "missing in the file", None
    if not isinstance(node, h5py.Dataset):
        return "a group in the file", None
    if node.external or node.is_virtual:
        raise ValueError(
            f"{path}: {place!r} points to other files; only plain data is read. "
            "Nothing was loaded."
        )
    if node.dtype.kind not in "fiub" and node.dtype.name != "bfloat16":
        return f"of type {node.dtype} in the file", None
    if tuple(node.shape or ()) != tuple(shape):
        return f"{tuple(node.shape or ())} in the file", None
    return None, np.asarray(node[()])


def _join(inner, name):
    return f"{inner}/{name}" if inner else name
