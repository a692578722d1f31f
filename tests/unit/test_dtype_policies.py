"""keras.dtype_policies: the policies, maps and configs of real Keras."""

import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import dtype_policies as ours

theirs = keras.dtype_policies
NAMES = ["float32", "float16", "bfloat16", "float64", "int8", "uint8", "bool"]
NAMES += ["mixed_float16", "mixed_bfloat16", "int32"]


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_has_the_dtypes_of_keras(name):
    a, b = ours.DTypePolicy(name), theirs.DTypePolicy(name)
    assert (a.name, a.compute_dtype, a.variable_dtype, a.quantization_mode) == (
        b.name,
        b.compute_dtype,
        b.variable_dtype,
        b.quantization_mode,
    )
    assert a.get_config() == b.get_config()
    assert repr(a) == repr(b)
    assert ours.serialize(a) == theirs.serialize(b)
    assert ours.deserialize(ours.serialize(a)) == a
    assert ours.get(name) == a == ours.FloatDTypePolicy(name)


@pytest.mark.parametrize("given", [None, "mixed_bfloat16", np.float16, "bfloat16"])
def test_get_finds_what_keras_finds(given):
    assert ours.get(given).name == theirs.get(given).name


@pytest.mark.parametrize("name", ["mixed_float8", "floaty", "int4_from_float32"])
def test_an_unknown_policy_is_refused(name):
    with pytest.raises(ValueError, match=r"Give one of|Write for example"):
        ours.DTypePolicy(name)


def test_a_quantized_policy_is_refused_in_words():
    with pytest.raises(ValueError, match="computes in floating point only"):
        ours.get("int8_from_mixed_bfloat16")


def test_a_policy_that_is_no_text_is_refused():
    with pytest.raises(TypeError, match=r'DTypePolicy\("mixed_bfloat16"\)'):
        ours.DTypePolicy(16)


def test_without_a_name_the_global_policy_is_meant():
    nbkeras.config.set_dtype_policy("mixed_bfloat16")
    try:
        assert ours.DTypePolicy().name == "mixed_bfloat16"
        assert nbkeras.config.dtype_policy() == ours.DTypePolicy("mixed_bfloat16")
        assert nbkeras.mixed_precision.global_policy().compute_dtype == "bfloat16"
    finally:
        nbkeras.config.set_dtype_policy(None)


@pytest.mark.parametrize("module", [ours, theirs], ids=["nbkeras", "keras"])
@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_floating_inputs_alone_are_converted(module, dtype):
    policy = module.DTypePolicy("mixed_bfloat16")
    x = np.ones(3, dtype)
    wanted = "bfloat16" if dtype == "float32" else dtype
    assert policy.convert_input(x, True, "bfloat16").dtype == wanted
    assert policy.convert_input(x, False, "bfloat16").dtype == dtype
    assert policy.convert_input("text", True, "bfloat16") == "text"


@pytest.mark.parametrize("module", [ours, theirs], ids=["nbkeras", "keras"])
def test_a_map_finds_paths_then_patterns_then_the_default(module):
    policies = module.DTypePolicyMap(module.DTypePolicy("float32"))
    policies["encoder/layer_0/dense"] = module.DTypePolicy("bfloat16")
    policies["encoder/.*"] = module.DTypePolicy("float16")
    policies["decoder"] = "mixed_bfloat16"
    assert policies["encoder/layer_0/dense"].name == "bfloat16"
    assert policies["encoder/attention"].name == "float16"
    assert policies["decoder/attention"].name == "float32"
    assert policies["decoder"].name == "mixed_bfloat16"
    assert policies.name == "map_float32"
    assert policies.compute_dtype == policies.variable_dtype == "float32"
    assert len(policies) == 3
    assert "decoder/attention" not in policies
    policies["encoder/attention/.*"] = module.DTypePolicy("bfloat16")
    with pytest.raises(ValueError, match=r"matches (2 keys|multiple)"):
        _ = policies["encoder/attention/query"]
    with pytest.raises(ValueError, match="already"):
        policies["decoder"] = "float32"
    with pytest.raises(ValueError, match="123"):
        policies["else"] = 123
    del policies["decoder"]
    assert "decoder" not in policies
    with pytest.raises(KeyError):
        del policies["decoder"]


def test_a_map_has_the_config_of_keras_and_comes_back():
    def made(module):
        policies = {"a": module.DTypePolicy("bfloat16")}
        return module.DTypePolicyMap("float32", policies)

    config = ours.serialize(made(ours))
    assert config == theirs.serialize(made(theirs))
    assert ours.deserialize(config) == made(ours)
    assert ours.get(theirs.serialize(made(theirs)))["a"].name == "bfloat16"


def test_a_map_without_a_default_follows_the_global_policy_where_it_is_read():
    config = ours.serialize(ours.DTypePolicyMap(None, {"a": ours.DTypePolicy("int8")}))
    nbkeras.config.set_dtype_policy("bfloat16")
    try:
        back = ours.deserialize(config)
        assert back["a"].name == back["b"].name == "bfloat16"
    finally:
        nbkeras.config.set_dtype_policy(None)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [((ours.DTypePolicyMap("float32"),), ValueError), ((None, ["a"]), TypeError)],
)
def test_wrong_maps_are_refused(arguments, error):
    with pytest.raises(error, match="for example"):
        ours.DTypePolicyMap(*arguments)


def test_an_unknown_class_of_policy_is_never_looked_for_in_modules():
    config = {"module": "os", "class_name": "system", "config": {"name": "ls"}}
    with pytest.raises(
        ValueError, match=r"Unknown dtype policy 'system'.*custom_objects"
    ):
        ours.deserialize(config)
