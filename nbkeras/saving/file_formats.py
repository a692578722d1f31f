"""Detect file formats by their first bytes, with advice for other formats."""

from pathlib import Path

from nbkeras.core.names.display_name import display_names, display_path

HDF5 = b"\x89HDF\r\n\x1a\n"
ZIP = b"PK\x03\x04"

# {first bytes: advice}; longer prefixes come before shorter ones.
_OTHER_FORMATS = {
    b"version https://git-lfs": "is a Git LFS pointer, not the file itself. Fetch the "
    "file with `git lfs pull`",
    b"<!doctype html": "is a web page, not a model. Download the file itself, not the "
    "page that shows it",
    b"<html": "is a web page, not a model. Download the file itself, not the page that "
    "shows it",
    b"{": "is JSON text. If it is an architecture, write "
    "model_from_json(Path(...).read_text())",
    b"\x80": "is a pickle, which could run any code; it is never read. Save the model "
    "with model.save('model.keras')",
    b"\x1f\x8b": "is a gzip archive. Unpack it first",
}


class MissingFile(FileNotFoundError, ValueError):
    """The model file does not exist; also a ValueError, as in Keras."""


def kind(path):
    """Detect "archive", a .keras file or such a folder, or "hdf5" by the first bytes.

    Raises:
        MissingFile: the file does not exist; the message lists its neighbours.
        IsADirectoryError: the path is a folder, such as a TensorFlow SavedModel.
        ValueError: the file has another format.
    """
    path = Path(path)
    if path.is_dir() and (path / "config.json").is_file():
        return "archive"
    if path.is_dir():
        is_saved_model = (path / "saved_model.pb").exists()
        contents = "a SavedModel folder of TensorFlow" if is_saved_model else "a folder"
        raise IsADirectoryError(
            f"{display_path(path)} is {contents}, not a model file. Save the model to "
            "one file: model.save('model.keras')."
        )
    if not path.exists():
        raise MissingFile(
            f"{display_path(path)} does not exist. Give the path that model.save(...) "
            f"or save_weights(...) was given; this folder has: {_neighbours(path)}."
        )
    with path.open("rb") as file:
        head = file.read(64)
    if head.startswith(ZIP):
        return "archive"
    if head.startswith(HDF5):
        return "hdf5"
    raise ValueError(f"{display_path(path)} {_other_format(path, head)}.")


def _other_format(path, head):
    if not head:
        return "is empty (0 bytes). Save or download it again"
    for prefix, advice in _OTHER_FORMATS.items():
        if head.lstrip().lower().startswith(prefix.lower()):
            return advice
    return (
        f"is not a model file, or is damaged ({path.stat().st_size:,} bytes): it "
        "starts neither like a .keras nor like an HDF5 file. Save or download it again"
    )


def _neighbours(path):
    folder = path.parent if path.parent.is_dir() else Path()
    names = sorted(p.name for p in folder.glob("*") if p.suffix in (".keras", ".h5"))
    return display_names(names[:5]) or "no .keras or .h5 file"
