"""Assets in a `.keras` file: the vocabularies of text layers."""

from nbkeras.saving import archive, weight_layout
from nbkeras.saving.file_formats import kind


def members(model):
    """{name in the archive: text} of all layers."""
    return {
        _place(group, name): text
        for group, layer in weight_layout.located(model)
        for name, text in layer.assets().items()
    }


def take(model, path):
    """Load the assets of the layers from the file at `path`.

    Raises:
        ValueError: a text that is too large or no UTF-8.
    """
    if kind(path) != "archive":
        return
    for group, layer in weight_layout.located(model):
        wanted = [n for n in layer.assets() if archive.has(path, _place(group, n))]
        if wanted:
            texts = {n: archive.member(path, _place(group, n)) for n in wanted}
            layer.take_assets({n: text.decode("utf-8") for n, text in texts.items()})


def refuse(model, path):
    """Raise if the file format cannot store assets, so that they would be lost."""
    for _, layer in weight_layout.located(model):
        if layer.assets():
            raise ValueError(
                f"save({str(path)!r}): this format cannot store the vocabulary of "
                f"{layer.name!r}. Write model.save({path.stem + '.keras'!r}), or give "
                "the layer vocabulary=[...] so that the config holds it."
            )


def _place(group, name):
    return "/".join(part for part in ("assets", group, name) if part)
