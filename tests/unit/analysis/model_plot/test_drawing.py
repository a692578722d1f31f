"""The picture is to scale, nothing covers anything, and names never become markup."""

import itertools
from xml.etree import ElementTree

import pytest
from picture_models import anatomy_of, residual, tutorial_cnn, two_inputs

from nbkeras import Sequential, layers
from nbkeras.analysis.model_plot.anatomy import anatomy
from nbkeras.analysis.model_plot.drawing import draw, shortened
from nbkeras.analysis.model_plot.labels import labels
from nbkeras.analysis.model_plot.scene import unfold
from nbkeras.analysis.model_plot.svg import svg
from nbkeras.layers import Input


def all_labels(node):
    return labels(node, shapes=True, names=True, activations=True, parameters=True)


def picture(make, rankdir="LR"):
    return draw(unfold(anatomy_of(make)), all_labels, rankdir)


@pytest.mark.parametrize("rankdir", ["LR", "TB", "RL", "BT"])
@pytest.mark.parametrize("make", [tutorial_cnn, two_inputs, residual])
def test_no_block_covers_another_or_leaves_the_picture(make, rankdir):
    drawn = picture(make, rankdir)
    boxes = [(b.left, b.right, b.top, b.bottom) for b in drawn.blocks.values()]
    for left, right, top, bottom in boxes:
        assert left >= 0
        assert top >= 0
        assert right <= drawn.width
        assert bottom <= drawn.height
    for one, two in itertools.combinations(boxes, 2):
        apart = one[1] <= two[0] + 1 or two[1] <= one[0] + 1
        assert apart or one[3] <= two[2] + 1 or two[3] <= one[2] + 1


def test_larger_maps_are_taller_and_more_channels_are_wider():
    blocks = list(picture(tutorial_cnn).blocks.values())[:9]
    assert all(a.height > b.height for a, b in itertools.pairwise(blocks))
    assert all(a.width <= b.width for a, b in itertools.pairwise(blocks))
    # By the square root, above a smallest size: 148 against 74.
    conv, pool = blocks[1], blocks[2]
    assert (conv.height - 10) / (pool.height - 10) == pytest.approx(2**0.5)


def test_the_flow_goes_where_rankdir_says():
    def middles(rankdir):
        blocks = picture(tutorial_cnn, rankdir).blocks.values()
        return [(b.x + b.width / 2, b.y + b.height / 2) for b in blocks]

    across, down = middles("LR"), middles("TB")
    assert all(a[0] < b[0] for a, b in itertools.pairwise(across))
    assert len({round(y, 3) for _, y in across}) == 1
    assert all(a[1] < b[1] for a, b in itertools.pairwise(down))
    assert all(a[0] > b[0] for a, b in itertools.pairwise(middles("RL")))
    assert all(a[1] > b[1] for a, b in itertools.pairwise(middles("BT")))


def test_ways_begin_and_end_at_the_faces():
    drawn = picture(two_inputs)
    for (tail, head), points in drawn.ways.items():
        start, end = drawn.blocks[tail], drawn.blocks[head]
        assert start.x < points[0][0] <= start.x + start.width + start.depth
        assert points[-1] == pytest.approx((end.x, end.y + end.height / 2))


def test_a_name_is_never_markup():
    evil = '"><img src=x onerror=alert(1)>\x01&'
    model = Sequential([Input((3,)), layers.Dense(2, name=evil)])
    text = svg(draw(unfold(anatomy(model)), all_labels))
    tree = ElementTree.fromstring(text)
    tags = {each.tag.rpartition("}")[2] for each in tree.iter()}
    assert tags == {"svg", "g", "rect", "path", "text", "title"}
    assert "<img" not in text
    titles = [each.text for each in tree.iter() if each.tag.endswith("title")]
    assert titles[-1] == evil.replace("\x01", r"\x01")


def test_a_long_name_is_cut_in_the_middle():
    assert (
        shortened("a" * 10 + "b" * 40 + "c" * 10) == "a" * 10 + "b" * 6 + "…" + "c" * 7
    )
    assert shortened("short") == "short"
