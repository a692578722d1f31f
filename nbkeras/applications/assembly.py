"""Shared code of pretrained networks: input, classifier and weights.

Each family provides its trunk, a function from the image to the last feature map.
`assemble` adds the input and the head, and loads the weights.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from nbkeras.core import check, settings
from nbkeras.core.annotations import Identifier, PathLike, Shape
from nbkeras.layers import (
    Dense,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
)
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor, is_symbolic
from nbkeras.models import Model

# "imagenet", None for random weights, or the path of a weights file.
Weights = Literal["imagenet"] | PathLike | None
Pooling = Literal["avg", "max"] | None
Trunk = Callable[[SymbolicTensor], SymbolicTensor]
Top = Callable[[SymbolicTensor, int, Identifier | None], SymbolicTensor]
IMAGENET_CLASSES = 1000


class WeightsFile(Protocol):
    """A file with published weights."""

    def path(self) -> Path:
        """Path of the file, downloaded if it is missing."""
        ...


@dataclass(frozen=True)
class Request:
    """The arguments that every network takes."""

    owner: str
    include_top: bool = True
    weights: Weights = "imagenet"
    input_tensor: Any = None
    input_shape: Shape | None = None
    pooling: Pooling = None
    classes: int = IMAGENET_CLASSES
    classifier_activation: Identifier | None = "softmax"

    @property
    def pretrained(self) -> bool:
        """Whether the published weights are requested."""
        return isinstance(self.weights, str) and self.weights == "imagenet"

    def checked(self) -> "Request":
        """Raise if the arguments are inconsistent; return self.

        Raises:
            ValueError: unknown `pooling`, no file at `weights`, or published weights
                with another number of classes or another activation.
        """
        check.choice(self.owner, "pooling", self.pooling, (None, "avg", "max"))
        check.positive_int(self.owner, "classes", self.classes, 10)
        if self.pretrained:
            self._fits_published_weights()
        elif self.weights is not None and not Path(self.weights).is_file():
            raise ValueError(
                f"{self.owner}(weights={str(self.weights)!r}): there is no such file. "
                'Write weights="imagenet", weights=None for random weights, or the '
                "path of a weights file."
            )
        return self

    def _fits_published_weights(self):
        if not self.include_top:
            return
        if self.classes != IMAGENET_CLASSES:
            raise ValueError(
                f"{self.owner}(classes={self.classes}): the published weights "
                f"distinguish {IMAGENET_CLASSES} classes. Write include_top=False and "
                f"add Dense({self.classes}) after it, or weights=None."
            )
        activation = self.classifier_activation
        if getattr(activation, "__name__", activation) not in (None, "softmax"):
            raise ValueError(
                f"{self.owner}(classifier_activation={activation!r}): the published "
                'weights were trained with softmax. Write "softmax", or None for the '
                "logits."
            )


def image_shape(request: Request, size: int, min_size: int) -> Shape:
    """Shape of one image: the requested one, or the network's default.

    Args:
        request: the arguments, with `input_shape`.
        size: height and width that the network was published for.
        min_size: minimum height and width; below it the last feature map is empty.

    Raises:
        ValueError: not three sizes, too small, or unsuitable for the classifier.
    """
    first = settings.image_data_format() == "channels_first"
    shape = request.input_shape
    default = (3, size, size) if first else (size, size, 3)
    if shape is None:
        shape = default
        if not request.include_top:
            shape = (3, None, None) if first else (None, None, 3)
        return shape
    shape = tuple(shape)
    owner = f"{request.owner}(input_shape={shape})"
    if len(shape) != 3:
        raise ValueError(
            f"{owner}: the shape of an image has three sizes. Write for example "
            f"input_shape={default}."
        )
    channels, sides = (shape[0], shape[1:]) if first else (shape[-1], shape[:-1])
    if request.pretrained and channels != 3:
        raise ValueError(
            f"{owner}: the published weights are for 3 colours. Repeat the grey "
            "channel, x.repeat(3, axis=-1), or write weights=None."
        )
    if any(side is not None and side < min_size for side in sides):
        raise ValueError(
            f"{owner}: the sides must be at least {min_size}, or the feature maps "
            f"become empty. Enlarge it with Resizing({min_size}, {min_size})."
        )
    if request.include_top and request.pretrained and shape != default:
        raise ValueError(
            f"{owner}: with its classifier and the published weights the network takes "
            f"{default}. Write include_top=False for other sizes."
        )
    if request.include_top and None in sides:
        raise ValueError(
            f"{owner}: the classifier needs a fixed size. Write input_shape={default}, "
            "or include_top=False."
        )
    return shape


def assemble(
    request: Request,
    name: str,
    trunk: Trunk,
    files: Mapping[bool, WeightsFile],
    *,
    size: int = 224,
    min_size: int = 32,
    top: Top | None = None,
    named_pooling: bool = False,
) -> Model:
    """Build the whole network.

    Args:
        request: the arguments of the network.
        name: name of the model.
        trunk: image -> features.
        files: {include_top: file with the published weights}.
        size: height and width that the network was published for.
        min_size: minimum height and width.
        top: features -> class probabilities; by default global average pooling and a
            Dense layer.
        named_pooling: whether the pooling without the classifier is called avg_pool or
            max_pool, as in some families.

    Raises:
        ValueError, OSError: see `Request.checked`, `image_shape` and
            the `path` of the file.
    """
    request.checked()
    shape = image_shape(request, size, min_size)
    image = request.input_tensor
    if image is None:
        image = Input(shape)
    elif not is_symbolic(image):
        raise ValueError(
            f"{request.owner}(input_tensor=...) got a {type(image).__name__}. Write "
            f"input_tensor=Input({shape}), and call the resulting model on arrays."
        )
    x = trunk(image)
    if request.include_top:
        finish = top or averaged_classes
        x = finish(x, request.classes, request.classifier_activation)
    elif request.pooling is not None:
        is_mean = request.pooling == "avg"
        pool = GlobalAveragePooling2D if is_mean else GlobalMaxPooling2D
        x = pool(name=f"{request.pooling}_pool" if named_pooling else None)(x)
    model = Model(sources(image), x, name=name)
    if request.pretrained:
        model.load_weights(files[request.include_top].path())
    elif request.weights is not None:
        model.load_weights(request.weights)
    return model


def averaged_classes(
    x: SymbolicTensor, classes: int, activation: Identifier | None
) -> SymbolicTensor:
    """Global average pooling, then one Dense layer."""
    x = GlobalAveragePooling2D(name="avg_pool")(x)
    return Dense(classes, activation, name="predictions")(x)


def channel_axis() -> int:
    """The channel axis in the current data format."""
    return 1 if settings.image_data_format() == "channels_first" else -1


def sides(x: SymbolicTensor) -> tuple[int | None, int | None]:
    """Height and width of a feature map; None if unknown."""
    if settings.image_data_format() == "channels_first":
        return x.shape[2], x.shape[3]
    return x.shape[1], x.shape[2]


def sources(tensor: SymbolicTensor) -> Any:
    """The inputs that `tensor` depends on: one, or a list in the order of use."""
    inputs: list[SymbolicTensor] = []
    stack, seen = [tensor], {id(tensor)}
    while stack:
        current = stack.pop()
        parents = current.node.parents
        if not parents:
            inputs.append(current)
        for parent in reversed(parents):
            if id(parent) not in seen:
                seen.add(id(parent))
                stack.append(parent)
    return inputs[0] if len(inputs) == 1 else inputs
