"""VGG: stacks of 3 x 3 convolutions and pooling, and a wide classifier.

Source: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
Recognition" (2015), table 1, columns D (16 layers) and E (19 layers).
"""

from collections.abc import Sequence

from nbkeras.applications.assembly import Request, assemble
from nbkeras.applications.weight_files import tensorflow_kernels
from nbkeras.core.annotations import Identifier
from nbkeras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor
from nbkeras.models import Model

FILTERS = (64, 128, 256, 512, 512)
CONVOLUTIONS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
FILES = {
    "vgg16": tensorflow_kernels(
        "vgg16",
        "vgg16",
        "64373286793e3c8b2b4e3219cbf3544b",
        "6d6bbae143d832006294945121d1f1fc",
    ),
    "vgg19": tensorflow_kernels(
        "vgg19",
        "vgg19",
        "cbe5617147190e668d6c5d5026f83318",
        "253f8cb515780f3b799900260a226db6",
    ),
}


def network(request: Request, variant: str, name: str) -> Model:
    """A VGG network.

    Args:
        request: the arguments of the network.
        variant: "vgg16" or "vgg19".
        name: name of the model.
    """
    counts = CONVOLUTIONS[variant]
    return assemble(
        request, name, lambda x: _trunk(x, counts), FILES[variant], top=_classifier
    )


def _trunk(x: SymbolicTensor, counts: Sequence[int]) -> SymbolicTensor:
    for block, (filters, count) in enumerate(zip(FILTERS, counts, strict=True), 1):
        for i in range(1, count + 1):
            convolution = Conv2D(
                filters,
                3,
                padding="same",
                activation="relu",
                name=f"block{block}_conv{i}",
            )
            x = convolution(x)
        x = MaxPooling2D(2, name=f"block{block}_pool")(x)
    return x


def _classifier(
    x: SymbolicTensor, classes: int, activation: Identifier | None
) -> SymbolicTensor:
    x = Flatten(name="flatten")(x)
    for name in ("fc1", "fc2"):
        x = Dense(4096, "relu", name=name)(x)
    return Dense(classes, activation, name="predictions")(x)
