"""Assets in a `.keras` file: the vocabularies of text layers."""

from nbkeras.saving import keras_archive, weight_layout
from nbkeras.saving.file_formats import kind


def members(model):
    """{member name in the archive: text} of all layers."""
    return {
        _member_name(group, name): text
        for group, layer in weight_layout.located(model)
        for name, text in layer.assets().items()
    }


def load(model, path):
    """Load the assets of the layers from the file at `path`.

    Raises:
        ValueError: an asset is too large, or not UTF-8.
    """
    if kind(path) != "archive":
        return
    for group, layer in weight_layout.located(model):
        names = [
            n for n in layer.assets() if keras_archive.has(path, _member_name(group, n))
        ]
        if names:
            texts = {
                n: keras_archive.member(path, _member_name(group, n)) for n in names
            }
            layer.take_assets({n: text.decode("utf-8") for n, text in texts.items()})


def refuse_if_lost(model, path):
    """Raise if the model has assets, which the HDF5 format cannot store."""
    for _, layer in weight_layout.located(model):
        if layer.assets():
            raise ValueError(
                f"save({str(path)!r}): this format cannot store the vocabulary of "
                f"{layer.name!r}. Write model.save({path.stem + '.keras'!r}), or give "
                "the layer vocabulary=[...] so that the config holds it."
            )


def _member_name(group, name):
    return "/".join(part for part in ("assets", group, name) if part)
