"""Checksums in model files: written when saving, verified when loading."""

import json
import zlib

import numpy as np


def checksum(array):
    """CRC-32 of an array's dtype, shape and bytes."""
    dtype = array.dtype.str if array.dtype.kind in "fiub" else "V2"
    header = zlib.crc32(f"{dtype} {array.shape}".encode())
    return np.uint32(zlib.crc32(np.ascontiguousarray(array).tobytes(), header))


def text_checksum(texts):
    """CRC-32 of strings, or of lists and dicts of strings."""
    return np.uint32(zlib.crc32(json.dumps(texts).encode()))


def plain_checksum(array):
    """CRC-32 of an array's bytes alone, as earlier versions wrote it."""
    return np.uint32(zlib.crc32(np.ascontiguousarray(array).tobytes()))
