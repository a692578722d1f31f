"""Config behaves as that of real Keras; settings of the library do what they say."""

import copy
import logging

import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import Sequential, layers, utils


@pytest.mark.parametrize("library", [keras, nbkeras], ids=["keras", "nbkeras"])
def test_a_config_is_a_dict_with_attributes(library):
    config = library.utils.Config(rate=0.1, momentum=0.9)
    config.seed = 1
    config["name"] = "run"
    assert config.rate == config["rate"] == config.get("rate") == 0.1
    assert list(config) == ["momentum", "name", "rate", "seed"]
    assert list(config.keys()) == ["rate", "momentum", "seed", "name"]
    assert config.pop("seed") == 1
    assert "seed" not in config
    del config["name"]
    config.update(extra=2)
    assert config.as_dict() == {"rate": 0.1, "momentum": 0.9, "extra": 2}
    assert dict(config.items()) == config.as_dict()
    assert config.to_json() == '{"rate": 0.1, "momentum": 0.9, "extra": 2}'
    assert len(config) == 3
    with pytest.raises(AttributeError, match="Did you mean 'momentum'"):
        _ = config.momentun
    config.freeze()
    assert config.frozen
    for change in (
        lambda: setattr(config, "rate", 1),
        lambda: config.update(rate=1),
        lambda: config.pop("rate"),
        lambda: config.__setitem__("rate", 1),
        lambda: config.__delitem__("rate"),
    ):
        with pytest.raises(ValueError, match="frozen"):
            change()
    config.unfreeze()
    config.rate = 5
    assert config.rate == 5
    assert repr(config) == "<Config {'rate': 5, 'momentum': 0.9, 'extra': 2}>"


def test_a_copied_config_is_equal_and_whole():
    config = utils.Config(rate=[1, 2])
    twin = copy.deepcopy(config)
    twin.rate.append(3)
    assert config.rate == [1, 2]
    assert twin.rate == [1, 2, 3]


def test_a_config_refuses_the_name_of_its_own_method():
    with pytest.raises(AttributeError, match=r"Write config\['update'\] = "):
        utils.Config().update = 3


@pytest.fixture
def fitted():
    """A function that fits three epochs of five steps and gives the history."""
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((10, 2), "float32")

    def fit(**options):
        return model.fit(x, x[:, :1], batch_size=2, epochs=3, **options)

    return fit


def test_without_interactive_logging_progress_is_logged_and_not_printed(
    fitted, capsys, caplog
):
    assert nbkeras.config.is_interactive_logging_enabled()
    utils.disable_interactive_logging()
    try:
        with caplog.at_level(logging.INFO, "nbkeras"):
            fitted(verbose=2)
    finally:
        utils.enable_interactive_logging()
    assert capsys.readouterr().out == ""
    assert "Epoch 1/3" in caplog.messages
    fitted(verbose=2)
    assert "Epoch 1/3" in capsys.readouterr().out


def test_limits_of_epochs_and_steps_hold_for_every_fit(fitted):
    steps = []
    count = nbkeras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: steps.append(batch)
    )
    nbkeras.config.set_max_epochs(2)
    nbkeras.config.set_max_steps_per_epoch(3)
    try:
        with pytest.warns(
            UserWarning, match=r"limited to [23] by nbkeras\.config\.set"
        ):
            history = fitted(verbose=0, callbacks=[count])
    finally:
        nbkeras.config.set_max_epochs(None)
        nbkeras.config.set_max_steps_per_epoch(None)
    assert history.epoch == [0, 1]
    assert steps == [0, 1, 2, 0, 1, 2]
    assert fitted(verbose=0).epoch == [0, 1, 2]


def test_traceback_filtering_is_that_of_jax():
    import jax

    nbkeras.config.disable_traceback_filtering()
    try:
        assert not nbkeras.config.is_traceback_filtering_enabled()
        assert jax.config.jax_traceback_filtering == "off"
    finally:
        nbkeras.config.enable_traceback_filtering()
    assert nbkeras.config.is_traceback_filtering_enabled()


@pytest.mark.parametrize("library", [keras, nbkeras], ids=["keras", "nbkeras"])
def test_the_choice_of_flash_attention_is_kept(library):
    config = library.config
    assert config.is_flash_attention_enabled() is None
    config.disable_flash_attention()
    assert config.is_flash_attention_enabled() is False
    config.enable_flash_attention()
    assert config.is_flash_attention_enabled() is None


def test_layers_are_no_modules_of_nnx():
    assert nbkeras.config.is_nnx_enabled() is keras.config.is_nnx_enabled() is False
