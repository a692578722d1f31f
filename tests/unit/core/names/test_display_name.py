"""Names that a stranger chose are shown as text: nothing of them steers the screen."""

import contextlib
import io
import json
import logging
import warnings

import numpy as np
import pytest

import nbkeras
from nbkeras import Input, Sequential, metrics
from nbkeras.core import output
from nbkeras.core.names.display_name import display_name, display_text, quoted
from nbkeras.layers import Dense

ESCAPES = "a\x1b]52;c;ZXZpbA==\x07b\u202ec\x9b31m\rd"
SHOWN = r"a\x1b]52;c;ZXZpbA==\x07b\u202ec\x9b31m\rd"
X, Y = np.zeros((8, 4), "float32"), np.zeros((8, 3), "float32")
STEERING = {*map(chr, range(32)), "\x7f", *map(chr, range(0x80, 0xA0)), "\u202e"}


def steering_in(text):
    """The characters of a text that steer a terminal, line ends aside."""
    return sorted(set(text) & (STEERING - {"\n"}))


def model(name=ESCAPES, metric="mae"):
    """A model whose names are hostile."""
    layers = [Input((4,)), Dense(3, name=name), Dense(3, name="last")]
    made = Sequential(layers, name=name)
    made.compile("sgd", "mse", [metrics.MeanAbsoluteError(name=metric)])
    return made


def test_what_is_not_printable_is_shown_as_an_escape():
    assert display_name(ESCAPES) == SHOWN
    assert quoted(ESCAPES) == f"'{SHOWN}'"


def test_a_long_name_is_cut_in_its_middle():
    assert (
        display_name("x" + "y" * 9000 + "z", 20)
        == "x" + "y" * 8 + "..." + "y" * 7 + "z"
    )


def test_a_message_keeps_its_lines_and_words_in_other_scripts():
    assert display_text("první\n\t层 🙂\x1b") == "první\n\t层 🙂\\x1b"


def test_a_summary_shows_names_without_steering():
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        model().summary()
    assert steering_in(written.getvalue()) == []
    assert SHOWN in written.getvalue()


def test_a_summary_of_a_name_of_9000_letters_stays_narrow():
    lines = []
    model("n" * 9000).summary(print_fn=lines.append)
    assert max(map(len, "\n".join(lines).splitlines())) < 160


@pytest.mark.parametrize(
    "shown",
    [
        lambda made: repr(made),
        lambda made: repr(made.layers[0]),
        lambda made: repr(made.layers[0].kernel),
        lambda made: repr(made.layers[0].output),
        lambda made: repr(metrics.Mean(name=ESCAPES)),
        lambda made: repr(made.fit(X, Y, verbose=0)),
        lambda made: repr(nbkeras.xray(made, X, Y)),
    ],
    ids=["model", "layer", "weight", "symbolic tensor", "metric", "history", "xray"],
)
def test_a_repr_shows_names_without_steering(shown):
    assert steering_in(shown(model())) == []
    assert len(shown(model("n" * 9000))) < 300


@pytest.mark.parametrize("name", [ESCAPES, "n" * 9000], ids=["escapes", "long"])
@pytest.mark.parametrize(
    "act",
    [
        lambda made: made.layers[0](np.zeros((2, 7), "float32")),
        lambda made: made.predict(np.zeros((2, 7), "float32"), verbose=0),
        lambda made: made.set_weights([X]),
        lambda made: made.layers[0].kernel.assign(X),
        lambda made: made.get_layer("absent"),
        lambda made: made.summary(layer_range=["absent", "last"]),
        lambda made: Sequential([*made.layers, made.layers[0]]),
    ],
    ids="call predict set_weights assign get_layer layer_range twice".split(),
)
def test_an_error_shows_names_without_steering_and_short(act, name):
    with pytest.raises((ValueError, AttributeError, TypeError)) as raised:
        act(model(name))
    text = "\n".join([str(raised.value), *getattr(raised.value, "__notes__", [])])
    assert steering_in(text) == []
    assert len(text) < 1500


def test_progress_lines_show_metrics_without_steering():
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        model(metric=ESCAPES).fit(X, Y, epochs=1, verbose=2)
        model(metric=ESCAPES).evaluate(X, Y, verbose=1)
    assert steering_in(written.getvalue().replace("\r", "")) == []
    assert SHOWN in written.getvalue()


def test_checkpoints_show_metrics_and_paths_without_steering(tmp_path):
    checkpoint = nbkeras.callbacks.ModelCheckpoint(
        tmp_path / f"{ESCAPES}.keras", monitor=ESCAPES, verbose=1, mode="min"
    )
    checkpoint.save_best_only = True
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        model(metric=ESCAPES).fit(X, Y, epochs=2, verbose=0, callbacks=[checkpoint])
    assert steering_in(written.getvalue()) == []
    assert SHOWN in written.getvalue()


def damaged(path, content=b"?"):
    """Write a file that is no model; returns its path."""
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "act",
    [
        lambda made, path: nbkeras.models.load_model(path),
        lambda made, path: made.load_weights(path.with_suffix(".weights.h5")),
        lambda made, path: made.save(path / "m.keras"),
        lambda made, path: nbkeras.models.load_model(damaged(path)),
        lambda made, path: nbkeras.models.load_model(
            damaged(path, b"\x89HDF\r\n\x1a\n")
        ),
        lambda made, path: nbkeras.models.load_model(damaged(path, b"PK\x03\x04")),
        lambda made, path: nbkeras.layers.StringLookup(vocabulary=str(path)),
    ],
    ids="missing weights folder damaged hdf5 zip vocabulary".split(),
)
def test_an_error_shows_paths_without_steering(act, tmp_path):
    folder = tmp_path / ESCAPES
    folder.mkdir()
    with pytest.raises((ValueError, OSError)) as raised:
        act(model("plain"), folder / f"{ESCAPES}.keras")
    assert steering_in(str(raised.value)) == []
    assert r"\u202e" in str(raised.value)


def test_inputs_that_do_not_fit_are_listed_without_steering():
    entry = Input((4,), name=ESCAPES)
    made = nbkeras.Model({ESCAPES: entry}, Dense(2)(entry))
    for data in ({"other": X}, [X, X]):
        with pytest.raises(ValueError, match="input") as raised:
            made.predict(data, verbose=0)
        assert steering_in(str(raised.value)) == []


def test_text_written_without_interactive_logging_is_shown_without_steering(caplog):
    nbkeras.config.disable_interactive_logging()
    try:
        with caplog.at_level(logging.INFO, "nbkeras"):
            output.write(f"{ESCAPES}\n")
    finally:
        nbkeras.config.enable_interactive_logging()
    assert caplog.messages == [SHOWN]


def test_a_picture_shows_names_without_steering(tmp_path):
    svg = nbkeras.utils.plot_model(model(), tmp_path / "m.svg").data.decode()
    assert steering_in(svg) == []
    assert "]52;c;" in svg


def test_a_file_that_does_not_fit_is_told_of_without_steering(tmp_path):
    model().save_weights(tmp_path / "w.weights.h5")
    model().save(tmp_path / "m.keras")
    other = Sequential([Input((5,)), Dense(3, name=ESCAPES)])
    for name in ("w.weights.h5", "m.keras"):
        with pytest.raises(ValueError, match="weights of another model") as raised:
            other.load_weights(tmp_path / name)
        assert steering_in(str(raised.value)) == []


@pytest.mark.parametrize("name", [ESCAPES, "n" * 250], ids=["escapes", "long"])
def test_an_unknown_class_is_told_of_without_steering(name):
    config = json.loads(model("plain").to_json())
    config["config"]["layers"][1]["class_name"] = name
    with pytest.raises(ValueError, match="cannot be rebuilt") as raised:
        nbkeras.models.model_from_json(json.dumps(config))
    assert steering_in(str(raised.value)) == []
    assert len(str(raised.value)) < 900


def test_a_notice_shows_names_without_steering(tmp_path):
    made = model(ESCAPES + "notice")
    made.layers[0].kernel.assign(np.full((4, 3), np.nan))
    made.save_weights(tmp_path / "nan.weights.h5")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made.load_weights(tmp_path / "nan.weights.h5")
    assert len(caught) == 1
    assert steering_in(str(caught[0].message)) == []
