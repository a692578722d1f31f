"""Weights in HDF5, in the layout of Keras 3: `layers/<class>[_n]/.../vars/<i>`."""

import contextlib
import io

import numpy as np

from nbkeras.core import containers
from nbkeras.core.base_classes import BaseLayer, BaseModel
from nbkeras.core.names.display_name import display_name, display_path, quoted
from nbkeras.core.names.naming import snake_case
from nbkeras.core.serialization.registry import is_custom
from nbkeras.saving import limits
from nbkeras.saving.checksums import checksum
from nbkeras.saving.hdf5_reader import SUM, FileProblem, opened

_NOT_WALKED = ("_arguments", "_original", "_context", "_operations")


def places(layer, inner=""):
    """[(group, name, [Variable])] of a layer and its sublayers, in the order of Keras.

    Raises:
        ValueError: a weight of `layer` is in no group, so that a file would lose it.
    """
    groups = [
        (group, sublayer.name, sublayer.stored_weights())
        for group, sublayer in located(layer, inner)
    ]
    owners = [sublayer for _, sublayer in located(layer, inner)]
    stored = {id(weight) for owner in owners for weight in owner.own_weights()}
    stored |= _omitted_by_graphs(layer, inner)
    lost = [w.path for w in layer.weights if id(w) not in stored]
    if lost:
        raise ValueError(
            f"{quoted(layer.name)}: the file format cannot store the weights "
            f"{', '.join(map(display_name, lost))}. Make their layers attributes of "
            "the model, directly or in lists, tuples or dicts."
        )
    return groups


def _omitted_by_graphs(layer, inner):
    """Ids of the weights that functional graphs omit from their files."""
    layers = [sublayer for _, sublayer in located(layer, inner)]
    graphs = [
        sublayer for sublayer in layers if sublayer.__dict__.get("_graph") is not None
    ]
    extras = [extra for graph in graphs for extra in graph.layers_left_out()]
    return {id(weight) for extra in extras for weight in extra.weights}


def located(layer, inner=""):
    """[(group, layer)] of a layer and its sublayers, in the order of Keras."""
    # Containers are kept alive, since the id of a freed one could be reused.
    layers, visited, kept_alive = [], set(), []

    def visit(layer, inner):
        if id(layer) in visited:
            return
        visited.add(id(layer))
        layers.append((inner, layer))
        for name, value in _attributes(layer):
            if isinstance(value, BaseLayer):
                visit(value, _join(inner, name))
            elif isinstance(value, containers.KINDS):
                visit_container(value, _join(inner, name))

    def visit_container(container, inner):
        if id(container) in visited:
            return
        visited.add(id(container))
        kept_alive.append(container)
        counts = {}
        for entry in containers.entries(container):
            if isinstance(entry, BaseLayer):
                saved_as = getattr(entry, "saved_as", None)
                name = snake_case(saved_as[1] if saved_as else type(entry).__name__)
                visit(entry, _join(inner, _numbered(name, counts)))
            elif isinstance(entry, containers.KINDS):
                visit_container(entry, _join(inner, _numbered("container", counts)))

    visit(layer, inner)
    return layers


def _numbered(name, counts):
    """`name` at first use, then name_1, name_2; `counts` holds the numbers."""
    number = counts[name] = counts.get(name, -1) + 1
    return f"{name}_{number}" if number else name


def _attributes(layer):
    """(name, value) in Keras's order: private names last, a graph's layers first.

    A model class has its `layers` among the rest, so what its attributes before that
    name do not hold is found there. Properties of own classes count as attributes.
    """
    attributes = {k: v for k, v in layer.__dict__.items() if k not in _NOT_WALKED}
    attributes |= _layers_of_properties(layer)
    if isinstance(layer, BaseModel):
        attributes["layers"] = layer.layers
    if attributes.get("_graph") is not None:
        attributes["layers"] = layer.saved_layers()
    is_graph = (
        attributes.pop("_stack", None) is not None
        or attributes.get("_graph") is not None
    )
    first = ["layers"] if is_graph else []
    rest = sorted(attributes, key=lambda name: "~" + name if name[0] == "_" else name)
    for name in first + rest:
        yield name, attributes[name]


def _layers_of_properties(layer):
    """{name: layer or container} of the properties that the user's classes define."""
    values = {}
    for cls in type(layer).__mro__:
        for name, member in vars(cls).items() if is_custom(cls.__module__) else ():
            if isinstance(member, property) and name not in values:
                with contextlib.suppress(Exception):
                    values[name] = getattr(layer, name)
    kinds = (BaseLayer, *containers.KINDS)
    return {name: value for name, value in values.items() if isinstance(value, kinds)}


def _places_in_file(model, file):
    """{group: group in the file} for layers that a file has under other names.

    An attribute may be called otherwise in the class that was saved, while a property
    of this one still has the old name.
    """
    renamed = {}
    layers = {group: layer for group, layer in located(model)}
    for group, layer in layers.items():
        parent, _, name = group.rpartition("/")
        place = _join(renamed.get(parent, parent), name)
        if parent in layers and group and not file.has(place):
            names = [n for n, value in _attributes(layers[parent]) if value is layer]
            names.append(f"_{name}")  # an attention of Keras 2 has `_query_dense`
            places = [_join(renamed.get(parent, parent), n) for n in names]
            place = next(filter(file.has, places), place)
        if place != group:
            renamed[group] = place
    return renamed


def to_bytes(model, optimizer_arrays=None, optimizer_name="optimizer"):
    """A weights file as bytes; in memory, so that a full disk cannot corrupt it."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        layers = dict(located(model))
        for group, name, weights in places(model):
            variables = file.create_group(_join(group, "vars"))
            variables.attrs["name"] = name
            for number, weight in enumerate(weights):
                _write_array(variables, number, layers[group].stored_value(weight))
        for group, layer in layers.items():
            variables = file[_join(group, "vars")]
            for name, array in layer.file_arrays().items():
                _write_array(variables, name, array)
            if _overrides_save(layer):
                variables.clear()
                for name, array in _stored_by(layer).items():
                    _write_array(variables, name, array)
        if optimizer_arrays:
            variables = file.create_group("optimizer/vars")
            variables.attrs["name"] = optimizer_name
            for number, array in enumerate(optimizer_arrays):
                _write_array(variables, number, array)
    return buffer.getvalue()


def groups_to_bytes(weights, names):
    """A weights file as bytes from the contents of a `KerasFileEditor`.

    Args:
        weights: {name: array, or a dict of the same form}.
        names: {path of a group: name of its layer}; may be incomplete.
    """
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        queue = [("", weights)]
        while queue:
            path, parts = queue.pop(0)
            groups = {k: v for k, v in parts.items() if isinstance(v, dict)}
            queue += [(_join(path, name), inner) for name, inner in groups.items()]
            arrays = {k: v for k, v in parts.items() if k not in groups}
            if arrays:
                variables = file.create_group(_join(path, "vars"))
                variables.attrs["name"] = names.get(path, path.rpartition("/")[2])
            for name, array in arrays.items():
                _write_array(variables, name, array)
    return buffer.getvalue()


def _write_array(group, name, array):
    array = np.asarray(array)
    dataset = group.create_dataset(str(name), data=array)
    # HDF5 has no bfloat16; Keras marks it by this attribute.
    if array.dtype.name == "bfloat16":
        dataset.attrs["dtype"] = "bfloat16"
    # HDF5 alone does not detect a flipped bit; Keras ignores this attribute.
    dataset.attrs[SUM] = checksum(array)


def read(source, model, path, skip_mismatch=False):
    """{Variable: array} for all weights of `model`; the model is not touched.

    Args:
        source: open binary file or bytes.
        model: built, its weights need no values yet.
        path: named in messages.
        skip_mismatch: leave weights out whose place is missing or of another shape.

    Raises:
        ValueError: damaged, or not the weights of this model; lists the first five.
    """
    wanted = places(model)
    named = {group for group, layer in located(model) if layer.keeps_file_arrays}
    themselves = {group for group, layer in located(model) if _overrides_load(layer)}
    groups = [group for group, _, _ in wanted]
    wanted = [place for place in wanted if place[0] not in themselves]
    if isinstance(source, bytes):
        size = sum(w.size for _, _, weights in wanted for w in weights)
        limits.refuse_if_packed(path, "the weights", size, len(source))
    with opened(source, path) as file:
        arrays, wrong = {}, []
        renamed = _places_in_file(model, file)
        for group, name, weights in wanted:
            group = renamed.get(group, group)
            for number, weight in enumerate(weights):
                place = _join(group, f"vars/{number}")
                problem, array = file.array(place, weight.shape, weight.dtype)
                if problem:
                    wrong.append(
                        f"{display_name(name)}: {display_name(weight.name)} "
                        f"{weight.shape}, {problem}"
                    )
                else:
                    arrays[weight] = array
            extra = file.count(_join(group, "vars")) - len(weights)
            if extra > 0 and group not in named:
                wrong.append(f"{display_name(name)}: the file has {extra} more weights")
        groups = [renamed.get(group, group) for group in groups]
        wrong += _additional_layers(file, groups)
    if wrong and not skip_mismatch:
        raise FileProblem(mismatch(path, wrong))
    for _, layer in located(model):
        if any(weight in arrays for weight in layer.stored_weights()):
            for weight in layer.weights_begun_anew():
                arrays[weight] = np.zeros(weight.shape, weight.dtype)
    return arrays


def _overrides_save(layer):
    """Whether the layer's class overrides `save_own_variables`."""
    return type(layer).save_own_variables is not BaseLayer.save_own_variables


def _overrides_load(layer):
    """Whether the layer's class overrides `load_own_variables`."""
    return type(layer).load_own_variables is not BaseLayer.load_own_variables


def _stored_by(layer):
    """{name: array} from a layer's `save_own_variables`.

    Raises:
        TypeError: an entry is not an array of numbers.
    """
    store = {}
    layer.save_own_variables(store)
    arrays = {str(name): np.asarray(value) for name, value in store.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub" and array.dtype.name != "bfloat16":
            raise TypeError(
                f"{quoted(layer.name)}: save_own_variables(store) must store arrays of "
                f"numbers, and store[{name!r}] is of type {array.dtype}. Keep texts "
                "in get_config."
            )
    return arrays


def _load_own_variables(file, group, layer, path):
    """Pass the arrays of a layer's group to its `load_own_variables`."""
    group_path, store = _join(group, "vars"), {}
    for name in file.arrays(group_path):
        shape = file.shape(f"{group_path}/{name}")
        problem, array = file.array(f"{group_path}/{name}", shape, None)
        if problem:
            raise FileProblem(f"{display_path(path)}: {layer.name}: {name}, {problem}.")
        store[name] = array
    layer.load_own_variables(store)


def take_file_arrays(source, model, path):
    """Load arrays that are not weights: file arrays, and those of own load methods."""
    keepers = [(g, layer) for g, layer in located(model) if layer.keeps_file_arrays]
    overriding = [(g, layer) for g, layer in located(model) if _overrides_load(layer)]
    if not keepers and not overriding:
        return
    with opened(source, path) as file:
        for group, layer in overriding:
            _load_own_variables(file, group, layer, path)
        for group, layer in keepers:
            arrays = {}
            for name, shape in layer.file_array_shapes().items():
                array_path = _join(group, f"vars/{name}")
                problem, array = file.array(array_path, shape, "float32")
                if problem:
                    raise FileProblem(
                        f"{display_path(path)}: {layer.name}: {name}, {problem}."
                    )
                arrays[name] = array
            layer.take_file_arrays(arrays)


def mismatch(path, mismatches):
    """The error message that lists the first five of `mismatches`."""
    more = f" and {len(mismatches) - 5} more" if len(mismatches) > 5 else ""
    return (
        f"{display_path(path)} holds weights of another model: "
        f"{'; '.join(mismatches[:5])}{more}. Build the model that was saved, or write "
        "skip_mismatch=True to load the rest. Nothing was changed."
    )


def _additional_layers(file, groups):
    """Messages about layers with weights in the file that the model lacks."""
    expected = {_join(group, "vars") for group in groups}
    return [
        f"the file has an additional layer, {quoted(path.removesuffix('/vars'))}"
        for path in sorted(file.groups("layers"))
        if path not in expected and "seed_generator" not in path
    ]


def read_optimizer(source, path, variables):
    """Read the optimizer's arrays; None if they do not match `variables`.

    Args:
        source: the file as bytes, or an open binary file.
        path: path of the file, for messages.
        variables: the optimizer's arrays, or `ShapeDtypeStruct`s, in Keras's order.
    """
    with opened(source, path) as file:
        count = file.count("optimizer/vars")
        paths = [f"optimizer/vars/{i}" for i in range(count)]
        return read_all(file, rate_left_open(paths, variables), variables)


def rate_left_open(paths, variables):
    """`paths` with None for the learning rate, which Keras 2 saves in the config.

    If the rate follows a schedule here and the file has one, it is left out.
    """
    if len(paths) == len(variables) + 1 and all(v.shape for v in variables[1:2]):
        return [paths[0], *paths[2:]]
    if len(paths) == len(variables) - 1 and variables[1].shape == ():
        return [paths[0], None, *paths[1:]] if paths else paths
    return paths


def read_all(file, paths, variables):
    """The arrays at `paths` (None for None); None if they do not match `variables`."""
    if len(paths) != len(variables):
        return None
    arrays = []
    for path, variable in zip(paths, variables, strict=True):
        if path is None:
            arrays.append(None)
            continue
        problem, array = file.array(path, variable.shape, str(variable.dtype))
        if problem:
            return None
        arrays.append(array)
    return arrays


def count_optimizer(source, path):
    """The number of optimizer arrays in the file."""
    with opened(source, path) as file:
        return file.count("optimizer/vars")


def _join(inner, name):
    return f"{inner}/{name}" if inner else name
