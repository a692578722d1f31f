"""Large models fold where they repeat, small ones stay as they are."""

from picture_models import anatomy_of, conv, residual, tutorial_cnn

from nbkeras import Model, Sequential, layers
from nbkeras.analysis.model_plot.anatomy import anatomy
from nbkeras.analysis.model_plot.folding import fold
from nbkeras.analysis.model_plot.labels import labels
from nbkeras.analysis.model_plot.scene import unfold
from nbkeras.layers import Input


def test_a_small_model_is_not_folded():
    found = anatomy_of(tutorial_cnn)
    assert [len(item.members) for item in fold(found)] == [1] * 13


def test_a_residual_network_of_fifty_layers_becomes_sixteen_blocks():
    found = anatomy_of(residual)
    items = fold(found)
    groups = [(len(item.members), item.times) for item in items if item.parts]
    # Each stage: one block that changes the shape, then equal ones.
    assert groups == [
        (12, 1),
        (20, 2),
        (12, 1),
        (30, 3),
        (12, 1),
        (50, 5),
        (12, 1),
        (20, 2),
    ]
    assert sorted(at for item in items for at in item.members) == list(range(175))
    assert len(unfold(found).nodes) == 15
    assert len(unfold(found, all_open=True).nodes) == 175


def test_a_hundred_equal_layers_are_one_block_that_opens():
    model = Sequential([Input((16,))])
    for _ in range(100):
        model.add(layers.Dense(16, "relu"))
    model.add(layers.Dense(3))
    found = anatomy(model)
    seen = unfold(found)
    assert [node.times for node in seen.nodes] == [1, 100, 1]
    assert seen.nodes[1].parameters == 100 * (16 * 16 + 16)
    assert [label.text for label in labels(seen.nodes[1])] == ["100 ×", "Dense"]
    opened = unfold(found, [seen.nodes[1].key])
    assert len(opened.nodes) == 102
    assert len(opened.frames[0].members) == 100


def test_layers_that_differ_are_not_folded():
    model = Sequential([Input((16,))])
    for units in range(40, 20, -1):
        model.add(layers.Dense(units))
    assert all(not item.parts for item in fold(anatomy(model)))


def test_a_very_long_row_in_which_nothing_repeats_is_cut_in_parts():
    model = Sequential([Input((16,))])
    for units in range(100, 1, -1):
        model.add(layers.Dense(units))
    found = anatomy(model)
    seen = unfold(found)
    assert [len(node.blocks) for node in seen.nodes] == [10] * 10
    assert len(unfold(found, [seen.nodes[3].key]).nodes) == 19


def test_a_long_row_without_branches_folds_a_layer_with_its_activation():
    picture = x = Input((32, 32, 3))
    for filters in range(8, 28):
        x = conv(x, filters, 3)
    items = fold(anatomy(Model(picture, x)))
    assert len(items) == 21
    assert {len(item.members) for item in items[1:]} == {3}


def test_opening_a_repeated_group_shows_its_parts_then_their_layers():
    found = anatomy_of(residual)
    group = next(node for node in unfold(found).nodes if node.times == 3)
    parts = unfold(found, [group.key])
    inside = [node for node in parts.nodes if node.key in parts.frames[0].members]
    assert [len(node.blocks) for node in inside] == [10, 10, 10]
    layers_seen = unfold(found, [group.key, inside[0].key])
    assert len(layers_seen.nodes) == len(parts.nodes) + 9
    assert [len(frame.members) for frame in layers_seen.frames] == [12, 10]


def test_edges_run_between_what_is_seen():
    found = anatomy_of(residual)
    for opened in ([], [node.key for node in unfold(found).nodes if node.opens]):
        seen = unfold(found, opened)
        keys = [node.key for node in seen.nodes]
        assert all(keys.index(tail) < keys.index(head) for tail, head in seen.edges)
        assert {head for _, head in seen.edges} == set(keys[1:])


def test_a_nested_model_opens_and_its_ends_are_connected():
    inner = Sequential([Input((8,)), layers.Dense(4), layers.Dense(2)], name="inner")
    x = Input((8,))
    found = anatomy(Model(x, layers.Dense(1, name="out")(inner(x))))
    assert [node.key for node in unfold(found).nodes][1:] == ["inner", "out"]
    seen = unfold(found, ["inner"])
    first = seen.nodes[1].key
    assert seen.edges[0][1] in {first, "inner/dense"}
    assert (x.layer.name, first) in seen.edges
    assert ("inner/dense_1", "out") in seen.edges
    assert seen.frames[0].title == "inner"
