"""The body of a `%%model` cell gives the model that the same code by hand gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nbkeras
from nbkeras import Input, Model, Sequential, layers
from nbkeras.models import graph
from nbkeras.notebook.model_magic.build import build
from nbkeras.notebook.model_magic.errors import CellMistake

PICTURE = (8, 8, 2)
SAME = st.sampled_from(
    [
        "Conv2D(4, 3, padding='same', activation='relu')",
        "Conv2D(2, 1, use_bias=False)",
        "BatchNormalization()",
        "Dropout(0.25)",
        "ReLU()",
    ]
)
FOUR = st.sampled_from(
    [
        "Conv2D(4, 3, padding='same')",
        "Conv2D(4, 1)",
        "SeparableConv2D(4, 3, padding='same')",
    ]
)
# (kind, what varies) of a line or a few of them.
PARTS = st.one_of(
    st.tuples(st.just("line"), SAME),
    st.tuples(st.just("loop"), st.integers(1, 2), SAME),
    st.tuples(st.just("named"), SAME),
    st.tuples(st.just("function"), SAME),
)
BRANCHES = st.one_of(
    PARTS,
    st.tuples(st.just("concat"), SAME, SAME, SAME),
    st.tuples(st.just("residual"), FOUR),
)


def as_cell(parts):
    """The lines of a cell."""
    lines = ["def block(make):", "    make()", "    ReLU()", ""]
    for at, (kind, *rest) in enumerate(parts):
        lines += {
            "line": lambda layer: [layer],
            "loop": lambda n, layer: [f"for i in range({n}):", f"    {layer}"],
            "named": lambda layer, at=at: [f"part{at} = {layer}"],
            "function": lambda layer: [f"block(lambda: {layer})"],
            "concat": lambda a, b, c: [f"concat({a}, {b} | {c})"],
            "residual": lambda f: ["Conv2D(4, 1)", f"add(here, {f} | ReLU() | {f})"],
        }[kind](*rest)
    return "\n".join([*lines, "Flatten()", "top = Dense(3, 'softmax')"])


def by_hand(parts):
    """The same as it is written for Keras, in plain steps."""
    steps = []

    def add(text, name=None):
        layer = eval(text, vars(layers) | {"layers": layers})
        if name:
            layer = type(layer).from_config(layer.get_config() | {"name": name})
        steps.append(layer)

    for at, (kind, *rest) in enumerate(parts):
        if kind in ("line", "loop", "function"):
            for _ in range(rest[0] if kind == "loop" else 1):
                add(rest[-1])
        if kind == "named":
            add(rest[0], f"part{at}")
        if kind == "function":
            add("ReLU()")
    add("Flatten()")
    add("Dense(3, 'softmax')", "top")
    return Sequential([Input(PICTURE), *steps])


def branches_by_hand(parts):
    x = begin = Input(PICTURE)

    def call(text, x):
        return eval(text, vars(layers))(x)

    def keyword(text, name):
        layer = eval(text, vars(layers))
        layer.name, layer._named_by_user = name, True
        return layer

    for at, (kind, *rest) in enumerate(parts):
        if kind in ("line", "function"):
            x = call(rest[0], x)
        if kind == "function":
            x = call("ReLU()", x)
        if kind == "loop":
            for _ in range(rest[0]):
                x = call(rest[1], x)
        if kind == "named":
            x = keyword(rest[0], f"part{at}")(x)
        if kind == "concat":
            one = call(rest[0], x)
            two = call(rest[2], call(rest[1], x))
            x = layers.Concatenate()([one, two])
        if kind == "residual":
            x = call("Conv2D(4, 1)", x)
            y = call(rest[0], call("ReLU()", call(rest[0], x)))
            x = layers.Add()([x, y])
    x = call("Flatten()", x)
    return Model(begin, keyword("Dense(3, 'softmax')", "top")(x))


def assert_equal(cell, hand):
    assert cell.get_config() == hand.get_config()
    for a, b in zip(cell.get_weights(), hand.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@settings(max_examples=12)
@given(st.lists(PARTS, min_size=1, max_size=4), st.integers(0, 1000))
def test_lines_of_layers_are_the_sequential_written_by_hand(parts, seed):
    nbkeras.utils.set_random_seed(seed)
    cell = build(as_cell(parts), shape=PICTURE).model
    nbkeras.utils.set_random_seed(seed)
    assert_equal(cell, by_hand(parts))


@settings(max_examples=12)
@given(st.lists(BRANCHES, min_size=1, max_size=3), st.integers(0, 1000))
def test_branches_are_the_functional_model_written_by_hand(parts, seed):
    parts = [("concat", "ReLU()", "Conv2D(2, 1)", "ReLU()"), *parts]
    nbkeras.utils.set_random_seed(seed)
    cell = build(as_cell(parts), shape=PICTURE).model
    nbkeras.utils.set_random_seed(seed)
    assert_equal(cell, branches_by_hand(parts))


def test_two_inputs_and_two_outputs_are_those_of_their_names():
    cell = build(
        """
picture = input(8, 8, 1)
size = input(1)
x = picture | Conv2D(4, 3) | GlobalAveragePooling2D()
both = concat(x, size)
kind = both | Dense(3, "softmax")
price = Dense(1)(both)
"""
    ).model
    picture, size = Input((8, 8, 1), name="picture"), Input((1,), name="size")
    x = layers.Conv2D(4, 3)(picture)
    x = layers.GlobalAveragePooling2D(name="x")(x)
    both = layers.Concatenate(name="both")([x, size])
    kind = layers.Dense(3, "softmax", name="kind")(both)
    price = layers.Dense(1, name="price")(both)
    hand = Model([picture, size], [kind, price])
    assert cell.get_config() == hand.get_config()
    assert cell.output_names == ["kind", "price"]


def names(body, **options):
    return [layer.name for layer in build(body, **options).model.layers]


def test_a_name_used_again_places_the_layer_there_and_not_where_it_was_made():
    assert names("b = Dense(2)\nDense(3)\nb", shape=(4,)) == ["dense", "b"]


def test_what_is_said_about_a_layer_does_not_place_it():
    assert names("a = Dense(2)\na.trainable = False\nDense(3)", shape=(4,)) == [
        "a",
        "dense",
    ]


def test_a_variable_with_several_values_names_nothing():
    body = "x = input(4)\nx = Dense(3)(x)\nx = Dense(2)(x)\nx"
    assert names(body) == ["input_layer", "dense", "dense_1"]


def test_a_tensor_can_go_on_in_place():
    body = "x = input(4)\nx |= Dense(3)\nx |= Dense(2)\nx"
    assert names(body) == ["input_layer", "dense", "dense_1"]


def test_a_function_of_tensors_stands_behind_a_bar_too():
    body = """
def block(x):
    return add(x, x | Dense(4))

input(4) | block | block | Dense(1)
{}
True | False
"""
    assert names(body)[1:] == ["dense", "add", "dense_1", "add_1", "dense_2"]


def test_commas_lists_and_chains_are_layers_on_lines():
    body = "Dense(3),\n[Dense(2) for _ in range(2)]\nDense(4) | ReLU()"
    kinds = ["dense", "dense_1", "dense_2", "dense_3", "re_lu"]
    assert names(body, shape=(4,)) == kinds


def test_ifs_withs_and_variables_of_the_notebook_work():
    body = """
import contextlib
if deep:
    Dense(units)
with contextlib.nullcontext():
    Dense(1)
"""
    assert names(body, shape=(4,), notebook={"deep": True, "units": 7}) == [
        "dense",
        "dense_1",
    ]
    assert names(body, shape=(4,), notebook={"deep": False}) == ["dense"]


def test_a_layer_of_the_notebook_comes_before_ours_of_the_same_name():
    class Dense(layers.Dense):
        pass

    model = build("Dense(2)", {"Dense": Dense, "ReLU": 5, "add": 6}, (4,)).model
    assert type(model.layers[0]) is Dense


def test_the_cell_leaves_no_names_behind():
    notebook = {"i": 5}
    build("for i in range(2):\n    Dense(i + 1)\nz = 3", notebook, (4,))
    assert notebook == {"i": 5}


def test_a_shared_layer_is_one_layer():
    model = build(
        "one = input(3)\ntwo = input(3)\nshared = Dense(4)\n"
        "concat(one | shared, shared(two))\nDense(1)"
    ).model
    assert [each.name for each in model.layers] == [
        "one",
        "two",
        "shared",
        "concatenate",
        "dense",
    ]
    assert len(model.weights) == 4


def test_the_last_line_can_list_the_outputs_also_from_within():
    body = "x = input(4)\nh = Dense(3)(x)\ny = Dense(2)(h)\n"
    assert build(body + "h, y").model.output_shape == [(None, 3), (None, 2)]
    assert build(body + "{'a': y, 'b': h}").model.output.keys() == {"a", "b"}
    assert build(body + "h\ny").model.output_shape == (None, 2)


def test_several_places_that_nothing_follows_are_the_outputs():
    body = "x = input(4)\nx | Dense(3)\nDense(2)\nx | Dense(5)"
    assert build(body).model.output_shape == [(None, 2), (None, 5)]


def test_a_model_as_a_script_writes_it_is_the_model_itself():
    body = "model = Sequential([Dense(3, input_shape=(4,)), Dense(2)])"
    assert names(body, notebook={"Sequential": Sequential}) == ["dense", "dense_1"]
    body = "model = Sequential()\nmodel.add(Dense(3, input_shape=(4,)))"
    assert names(body, notebook={"Sequential": Sequential}) == ["dense"]
    inner = Sequential([Input((4,)), layers.Dense(3)])
    assert build("inner", {"inner": inner}).model is not inner


def test_the_first_layer_can_bring_the_shape():
    assert build("Dense(2, input_shape=(3,))").model.count_params() == 8
    assert build("input(3)\nDense(2)").model.count_params() == 8
    assert not build("Dense(2)").model.built


def test_what_is_made_and_not_used_is_told():
    built = build("a = input(3)\nb = input(4)\nd = Dense(2)\nprint(d, b)\na | Dense(1)")
    assert built.unused == ["b", "d"]
    assert built.model.input_shape == (None, 3)


def test_classes_within_a_cell_work_as_they_are_written():
    body = """
class Twice(Layer):
    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(4)

    def call(self, x):
        return self.inner(x) * 2

Twice()
"""
    model = build(body, shape=(4,)).model
    assert model.count_params() == 20


CNN = "Conv2D(8, 3)\nMaxPooling2D()\n"
SHAPE = "(None, 13, 13, 8)"
AB = "a = input(3)\nb = input(4)\n"
TALL = "x = input(3)\n(x\n | Dense(3)\n | Conv2D(3, 3))"
BLOCK = "def block(n):\n    Conv2D(n, 99)\n\nblock(3)"
BIG = "Conv2D(3, 99, padding='same')"
MISTAKES = {
    # body: (line, layer, what came, part of the message, a line that would be right)
    CNN + "Conv2D(8, 30)": (
        4,
        "Conv2D",
        SHAPE,
        "30 x 30",
        "Conv2D(8, 30, padding='same')",
    ),
    CNN + "Dens(3)": (4, "", "", "Did you mean 'Dense'", "Dense(3)"),
    CNN + "Dense(unit=3)": (4, "Dense", "", "no argument 'unit'", "Dense(3)"),
    CNN + "Dense(0)": (4, "Dense", "", "positive integer", "Dense(units=32)"),
    CNN + "Dense(3, 'rellu')": (
        4,
        "Dense",
        "",
        "'rellu'",
        "Dense(3, activation='relu')",
    ),
    CNN + "Flatten": (4, "", "", "class of a layer", "Flatten()"),
    CNN + "Dense": (4, "", "", "class of a layer", "Dense(32)"),
    CNN + "Dense(3": (4, "", "", "never closed", ""),
    CNN + "Reshape((5,))": (4, "Reshape", SHAPE, "Reshape", "Reshape((1352,))"),
    CNN + "add(here, Conv2D(3, 1))": (
        4,
        "Add",
        SHAPE,
        "equal sizes",
        "Dense(8) before the second",
    ),
    CNN + "1 / 0": (4, "", "", "ZeroDivisionError", ""),
    CNN + "model.add(Dense(3))": (4, "", "", "on its own line", ""),
    "for i in range(2):\n    Dropuot(0.5)": (3, "", "", "'Dropout'", "Dropout(0.5)"),
    TALL: (5, "Conv2D", "(None, 3)", "4 axes", "Reshape((3, 1, 1)) before it"),
    AB + "add(a, b)": (
        4,
        "Add",
        "(None, 4)",
        "equal sizes",
        "Dense(3) before the second",
    ),
    AB + "c = concat(a, b)\nDense(2)\nc": (5, "", "", "no tensor yet", ""),
    BLOCK: (3, "Conv2D", "(None, 28, 28, 1)", "99", BIG),
    "": (None, "", "", "has no layers", ""),
    "a = input(3)\nprint(a | Dense(2))": (None, "", "", "determines the output", ""),
}


@pytest.mark.parametrize("body", MISTAKES, ids=lambda body: repr(body[-30:]))
def test_a_mistake_names_its_line_and_what_is_wrong(body):
    line, layer, came, part, write = MISTAKES[body]
    shape = None if "input(" in body else (28, 28, 1)
    with pytest.raises(CellMistake) as caught:
        build(body, shape=shape)
    found = caught.value.mistake
    assert found["line"] == line
    assert found["source"] == (body.split("\n")[line - 2].strip() if line else "")
    assert layer in found["layer"]
    assert came in found["came"]
    assert part in found["message"]
    assert found["write"] == write
    assert "Traceback" not in str(caught.value)


def test_the_model_up_to_the_mistake_is_there_to_be_shown():
    with pytest.raises(CellMistake) as caught:
        build(CNN + "Conv2D(8, 30)\nDense(3)", shape=(28, 28, 1))
    partial_model = caught.value.partial_model
    assert [type(each).__name__ for each in partial_model.layers] == [
        "Conv2D",
        "MaxPooling2D",
    ]
    with pytest.raises(CellMistake) as caught:
        build("a = input(3)\nb = a | Dense(4)\nadd(a, b)")
    assert caught.value.partial_model.output_shape == (None, 4)


def test_tracebacks_name_the_line_of_the_cell():
    with pytest.raises(CellMistake) as caught:
        build(CNN + "1 / 0", shape=(28, 28, 1), file="<cell 7>")
    trace = caught.value._render_traceback_()
    assert "Traceback" not in "".join(trace)
    assert '"<cell 7>", line 4' in "".join(caught.value._render_traceback_())


def test_a_cell_of_many_layers_makes_no_graph_for_each_of_them(monkeypatch):
    made = []
    whole = graph.Graph.__init__

    def counted(self, *args, **named):
        made.append(self)
        whole(self, *args, **named)

    monkeypatch.setattr(graph.Graph, "__init__", counted)
    build("\n".join(["Dense(2)"] * 20), shape=(2,))
    assert len(made) < 5
