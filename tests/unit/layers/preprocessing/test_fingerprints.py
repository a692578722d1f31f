"""Fingerprints, against what TensorFlow computes for the same bytes."""

import pytest

from nbkeras.layers.preprocessing.fingerprints import combined, farmhash, siphash

# to_hash_bucket_fast and to_hash_bucket_strong(key=[133, 137]) with 2**62 buckets.
KNOWN = [
    ("", 1936946117179621455, 316627932347062996),
    ("a", 3694432073954588131, 2466253977694453450),
    ("hello", 3786372426573024488, 1067426241479190957),
    ("x" * 15, 1773838639343418510, 1026151884090244778),
    ("z" * 17, 2963606906321231264, 953401041302802861),
    ("cd" * 17, 2204522066884999730, 2052164632116871143),
    ("gh" * 33, 4200320761544121136, 1739879951201348300),
    ("q" * 128, 3049490681071257226, 955421293351313550),
    ("Ärger", 985116493129962977, 3475582366880359074),
]


@pytest.mark.parametrize(("text", "fast", "strong"), KNOWN)
def test_fingerprints_are_those_of_tensorflow(text, fast, strong):
    data = text.encode("utf-8")
    assert farmhash(data) % 2**62 == fast
    assert siphash(data, (133, 137)) % 2**62 == strong


def test_the_order_of_combined_fingerprints_counts():
    assert combined(1, 2) != combined(2, 1)
