"""Pictures of 8 bits as the bytes of a file."""

import io

import numpy as np


def png(picture):
    """(height, width, 1, 3 or 4) uint8 as a PNG file's bytes."""
    from PIL import Image

    picture = np.ascontiguousarray(picture)
    file = io.BytesIO()
    Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(
        file, "PNG"
    )
    return file.getvalue()
