"""Free memory goes back to the system."""

import ctypes

import pytest

from nbkeras.core.machine import memory


def test_a_c_library_without_the_function_is_left_alone(monkeypatch):
    memory._trim.cache_clear()
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert memory.release_free_memory() is False
    memory._trim.cache_clear()


@pytest.mark.skipif(memory._trim() is None, reason="glibc")
def test_memory_below_a_block_in_use_is_returned():
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    # Blocks too small for a mapping of their own, with one in use on top.
    blocks = [libc.malloc(100_000) for _ in range(500)]
    for block in blocks:
        ctypes.memset(block, 1, 100_000)
    for block in blocks[:-1]:
        libc.free(block)
    assert memory.release_free_memory() is True
    libc.free(blocks[-1])
