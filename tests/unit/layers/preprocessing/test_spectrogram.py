"""Spectrograms against real Keras."""

import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest

from nbkeras import layers

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("case", cases.SOUND, ids=cases.label)
def test_output_and_gradients_equal_keras(case):
    oracle.assert_case_equal(case)


@pytest.mark.parametrize("case", cases.SOUND, ids=cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


def test_the_angle_of_a_spectrogram_equals_keras_but_for_whole_turns():
    ours, theirs = oracle.pair("STFTSpectrogram", {"mode": "angle", "frame_length": 16})
    x = RNG.normal(size=(2, 60, 1)).astype("float32")
    one, other = np.asarray(ours(x)), np.asarray(theirs(x))
    np.testing.assert_allclose(np.cos(one), np.cos(other), atol=1e-3)


def test_a_pure_tone_is_loudest_at_its_mel_bin():
    time = np.arange(8000) / 8000
    tone = np.sin(2 * np.pi * 1000 * time).astype("float32")
    layer = layers.MelSpectrogram(
        512, 256, sampling_rate=8000, num_mel_bins=32, min_freq=100.0
    )
    loudest = np.asarray(layer(tone[None]))[0].mean(1).argmax()
    mel = lambda f: 1127 * np.log(1 + f / 700)  # noqa: E731
    edges = np.linspace(mel(100), mel(4000), 34)
    assert loudest == np.abs(edges[1:-1] - mel(1000)).argmin()


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: layers.MelSpectrogram(256, sequence_length=512), "at most fft_length"),
        (lambda: layers.STFTSpectrogram("loud"), "'magnitude'"),
        (lambda: layers.STFTSpectrogram(frame_step=300), "at most frame_length=256"),
    ],
)
def test_a_wrong_setting_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()
