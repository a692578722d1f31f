"""Compiled code kept between runs: found again, private, bounded, never damaged."""

import json
import os
import subprocess
import sys
import zlib

import pytest

from nbkeras.utils import compile_cache

FIT = """
import collections, json, sys, warnings
warnings.filterwarnings("error", message=".*persistent compilation cache.*")
import jax
seen = collections.Counter()
jax.monitoring.register_event_listener(lambda name, **_: seen.update([name]))
import numpy as np
import nbkeras
nbkeras.utils.set_random_seed(1)
model = nbkeras.Sequential([nbkeras.Input((3,)), nbkeras.layers.Dense(2)])
model.compile("adam", "mse")
model.fit(np.ones((8, 3)), np.ones((8, 2)), verbose=0)
print(json.dumps({
    "hits": seen["/jax/compilation_cache/cache_hits"],
    "misses": seen["/jax/compilation_cache/cache_misses"],
    "weights": [w.tolist() for w in model.get_weights()],
    "folder": jax.config.jax_compilation_cache_dir,
}))
"""


def fit(home, before="", **more):
    """What one process that trains a small model did, and what it said."""
    env = {**os.environ, "NBKERAS_HOME": str(home), "NBKERAS_COMPILE_CACHE": "1"}
    found = subprocess.run(
        [sys.executable, "-c", before + FIT],
        env={**env, **more},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(found.stdout.splitlines()[-1]), found.stderr


def test_a_second_process_compiles_nothing_and_ends_with_the_same_weights(tmp_path):
    first, _ = fit(tmp_path)
    second, _ = fit(tmp_path)
    assert first["misses"] > 0
    assert second["misses"] == 0
    assert second["hits"] >= first["misses"]
    assert second["weights"] == first["weights"]
    assert (tmp_path / "compiled").stat().st_mode & 0o777 == 0o700


def test_a_damaged_entry_is_compiled_anew_and_without_a_word(tmp_path):
    fit(tmp_path)
    entries = compile_cache.entries(tmp_path / "compiled")
    entry = max(entries, key=lambda each: each.stat().st_size)
    whole = entry.read_bytes()
    entry.write_bytes(whole[: len(whole) // 2])
    again, said = fit(tmp_path)
    assert again["misses"] == 1
    assert "compilation" not in said
    zlib.decompress(entry.read_bytes())


def test_the_users_own_cache_of_jax_is_left_alone(tmp_path):
    own = str(tmp_path / "own")
    found, _ = fit(tmp_path / "home", JAX_COMPILATION_CACHE_DIR=own)
    assert found["folder"] == own
    assert not (tmp_path / "home").exists()


def test_nothing_is_kept_by_a_jax_whose_stored_programs_compute_zeros(tmp_path):
    old = "import jax; jax.__version_info__ = (0, 6, 0)\n"
    found, _ = fit(tmp_path, before=old)
    assert found["folder"] is None
    assert not (tmp_path / "compiled").exists()


def test_nothing_is_kept_where_it_is_turned_off(tmp_path):
    found, _ = fit(tmp_path, NBKERAS_COMPILE_CACHE="0")
    assert found["folder"] is None
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_the_folders_place_is_not_followed_and_said(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "compiled").symlink_to(elsewhere)
    found, said = fit(tmp_path)
    assert found["folder"] is None
    assert "Set NBKERAS_HOME" in said
    assert list(elsewhere.iterdir()) == []


def test_what_lay_in_a_folder_open_to_others_is_not_run(tmp_path):
    folder = tmp_path / "compiled"
    folder.mkdir()
    folder.chmod(0o777)
    planted = folder / "jit_step-1-cache"
    planted.write_bytes(zlib.compress(b"planted"))
    compile_cache.make_private(folder)
    assert not planted.exists()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 12345678)
    with pytest.raises(PermissionError, match="belongs to another user"):
        compile_cache.make_private(tmp_path)


def test_the_oldest_entries_go_when_the_folder_is_full(tmp_path):
    for age in range(5):
        entry = tmp_path / f"jit_{age}-cache"
        entry.write_bytes(zlib.compress(os.urandom(1000)))
        os.utime(entry, (1000 - age, 1000 - age))
    compile_cache.tidy(tmp_path, limit=2500)
    left = sorted(entry.name for entry in compile_cache.entries(tmp_path))
    assert left == ["jit_0-cache", "jit_1-cache"]


def test_only_what_is_new_is_looked_into(tmp_path):
    compile_cache.tidy(tmp_path)
    old = tmp_path / "jit_old-cache"
    old.write_bytes(b"no compressed data")
    os.utime(old, (1000, 1000))
    new = tmp_path / "jit_new-cache"
    new.write_bytes(b"no compressed data")
    later = (tmp_path / compile_cache.MARK).stat().st_mtime_ns + 10**9
    os.utime(new, ns=(later, later))
    compile_cache.tidy(tmp_path)
    assert old.exists()
    assert not new.exists()
