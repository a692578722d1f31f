"""Pictures with noise in them: read, or refused by name, and nothing else happens."""

import io
import warnings

import numpy as np
import pytest
from PIL import Image

from nbkeras.image.files.load import PictureError
from nbkeras.preprocessing.image import load_img

KINDS = {
    "png": {},
    "jpeg": {"quality": 90},
    "bmp": {},
    "ppm": {},
    "tiff": {"compression": "tiff_lzw"},
    "gif": {},
    "webp": {"lossless": True},
}


def good(kind):
    x, y = np.meshgrid(np.arange(32), np.arange(24))
    pixels = np.stack([x * 8, y * 10, x + y], axis=-1).astype("uint8")
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **KINDS[kind])
    return buffer.getvalue()


@pytest.mark.filterwarnings("ignore::nbkeras.core.notices.NbkerasNotice")
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_picture_is_read_or_refused_by_name(kind, tmp_path):
    data, rng = good(kind), np.random.default_rng(5)
    path, refused = tmp_path / f"picture.{kind}", 0
    for attempt in range(60):
        broken = bytearray(data)
        if attempt % 3 == 0:
            del broken[int(rng.integers(len(broken))) :]
        for place in rng.integers(0, max(len(broken), 1), 8):
            if place < len(broken):
                broken[place] = int(rng.integers(256))
        path.write_bytes(broken)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # Pillow's, on odd metadata
            image, error = _read(path)
        if error is not None:
            refused += 1
            assert path.name in str(error)
        else:
            assert (image.size, image.mode) == ((16, 16), "RGB")
    assert refused > 5


def _read(path):
    """(picture, None) or (None, error); any other kind of error fails the test."""
    try:
        return load_img(path, target_size=(16, 16)), None
    except PictureError as error:
        return None, error
