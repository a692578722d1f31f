"""Dtype policies: the dtypes of weights and computation, by name or layer path."""

import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, cast

from nbkeras.core import settings
from nbkeras.core.dtypes import standardize_dtype
from nbkeras.core.serialization.registry import custom

_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}


class DTypePolicy:
    """The dtypes of a layer's weights and of its computation.

    Args:
        name: a dtype such as "float32" for both; "mixed_bfloat16" or "mixed_float16" to
            compute in 16 bits and keep the weights in float32; None is the global
            policy.

    Raises:
        TypeError: `name` is not a string.
        ValueError: `name` is neither a dtype nor a policy.

    >>> policy = DTypePolicy("mixed_bfloat16")
    >>> policy.compute_dtype, policy.variable_dtype
    ('bfloat16', 'float32')
    """

    def __init__(self, name: str | None = None) -> None:
        policy_name: Any = settings.dtype_policy() if name is None else name
        if not isinstance(policy_name, str):
            raise TypeError(
                f"DTypePolicy({policy_name!r}): the name of a policy is a string. "
                'Write for example DTypePolicy("mixed_bfloat16").'
            )
        if policy_name not in _MIXED:
            _refuse_quantized(policy_name)
            standardize_dtype(policy_name)
        self._name = policy_name

    @property
    def name(self) -> str:
        """The name, as in files."""
        return self._name

    @property
    def compute_dtype(self) -> str:
        """The dtype of the computation."""
        return _MIXED.get(self.name) or standardize_dtype(self.name)

    @property
    def variable_dtype(self) -> str:
        """The dtype of the weights."""
        return "float32" if self.name in _MIXED else standardize_dtype(self.name)

    @property
    def quantization_mode(self) -> None:
        """None: quantized policies are not supported."""
        return None

    def convert_input(self, x: Any, autocast: bool, dtype: Any) -> Any:
        """`x` cast to `dtype` if it is floating and `autocast` is True, else unchanged.

        Args:
            x: an array, a symbolic tensor or anything else.
            autocast: whether to convert at all.
            dtype: the target dtype of floating values.
        """
        if not hasattr(x, "dtype") and hasattr(x, "__array__"):
            x = x.__array__()
        kind = str(getattr(x, "dtype", ""))
        if not (autocast and kind.startswith(("float", "bfloat"))):
            return x
        target = standardize_dtype(dtype)
        return x if kind == target else _cast(x, target)

    def get_config(self) -> dict[str, Any]:
        """{"name": name}."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "DTypePolicy":
        """Create a policy from the result of `get_config`."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        plain = (DTypePolicy, FloatDTypePolicy)
        return (DTypePolicy if type(self) in plain else type(self), self.name)

    def __repr__(self) -> str:
        cls = "DTypePolicy" if type(self) is FloatDTypePolicy else type(self).__name__
        return f'<{cls} "{self.name}">'


class FloatDTypePolicy(DTypePolicy):
    """Alias of `DTypePolicy`."""


class DTypePolicyMap(DTypePolicy, MutableMapping[str, DTypePolicy]):
    """Dtype policies by layer path.

    A path is looked up as a key first; then each key is a regular expression that must
    match the whole path; a path without a match gets the default.

    Args:
        default_policy: name or policy for paths without a match; None is the global
            policy.
        policy_map: {path or pattern: policy}.

    Raises:
        TypeError: `policy_map` is not a dict.
        ValueError: `default_policy` is itself a map.

    >>> policies = DTypePolicyMap("float32", {"encoder/.*": DTypePolicy("bfloat16")})
    >>> policies["encoder/dense"].name, policies["decoder"].name
    ('bfloat16', 'float32')
    """

    def __init__(
        self,
        default_policy: Any = None,
        policy_map: dict[str, DTypePolicy] | None = None,
    ) -> None:
        if isinstance(default_policy, DTypePolicyMap):
            raise ValueError(
                "DTypePolicyMap(default_policy=...) is a map itself. Give one policy, "
                'for example default_policy="float32".'
            )
        policies: Any = policy_map
        if policies is not None and not isinstance(policies, dict):
            raise TypeError(
                f"DTypePolicyMap(policy_map=...) is a {type(policies).__name__}. "
                'Give a dict, for example {"encoder/.*": DTypePolicy("bfloat16")}.'
            )
        get(default_policy)
        self._default = default_policy
        self._policies = dict(policy_map or {})

    @property
    def default_policy(self) -> DTypePolicy:
        """The policy of paths without a match."""
        return get(self._default)

    @property
    def name(self) -> str:
        """The name of the default policy with the prefix "map_"."""
        return f"map_{self.default_policy.name}"

    @property
    def compute_dtype(self) -> str:
        """The compute dtype of the default policy."""
        return self.default_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The variable dtype of the default policy."""
        return self.default_policy.variable_dtype

    def __getitem__(self, key: str) -> DTypePolicy:
        if key in self._policies:
            return self._policies[key]
        patterns = [pattern for pattern in self._policies if re.fullmatch(pattern, key)]
        if len(patterns) > 1:
            raise ValueError(
                f"DTypePolicyMap: the path {key!r} matches {len(patterns)} keys: "
                f"{patterns}. Make the patterns disjoint, or add the path as a key."
            )
        return self._policies[patterns[0]] if patterns else self.default_policy

    def __setitem__(self, key: str, policy: Any) -> None:
        if key in self._policies:
            raise ValueError(
                f"DTypePolicyMap already has the key {key!r}: {self._policies[key]!r}. "
                f"Delete it first: del policies[{key!r}]."
            )
        try:
            self._policies[key] = get(policy)
        except (TypeError, ValueError) as error:
            raise ValueError(f"DTypePolicyMap[{key!r}] = {policy!r}: {error}") from None

    def __delitem__(self, key: str) -> None:
        del self._policies[key]

    def __contains__(self, key: object) -> bool:
        return key in self._policies

    def __iter__(self) -> Iterator[str]:
        return iter(self._policies)

    def __len__(self) -> int:
        return len(self._policies)

    def _key(self) -> tuple[Any, ...]:
        return (DTypePolicyMap, self.name, *sorted(self._policies.items(), key=str))

    def get_config(self) -> dict[str, Any]:
        """{"default_policy": ..., "policy_map": {path or pattern: config}}.

        As in Keras, without a default policy the names of all policies are saved as
        None, so that they become the global policy when the config is loaded.
        """
        policies = {key: serialize(policy) for key, policy in self._policies.items()}
        if self._default is None:
            for policy in policies.values():
                policy["config"]["name"] = None
        default = self._default
        if isinstance(default, DTypePolicy):
            default = serialize(default)
        return {"default_policy": default, "policy_map": policies}

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Any = None
    ) -> "DTypePolicyMap":
        """Create a map from the result of `get_config`."""
        saved = cast("dict[str, Any]", config.get("policy_map") or {})
        policies = {
            key: deserialize(policy, custom_objects) for key, policy in saved.items()
        }
        return cls(config.get("default_policy"), policies)

    def __repr__(self) -> str:
        pairs = [(key, policy.name) for key, policy in self._policies.items()]
        return f"<DTypePolicyMap default={self.default_policy.name!r}, mapping={pairs}>"


_CLASSES = {
    cls.__name__: cls for cls in (DTypePolicy, FloatDTypePolicy, DTypePolicyMap)
}


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """The config of a policy, for `deserialize`.

    >>> serialize(DTypePolicy("mixed_bfloat16"))["config"]
    {'name': 'mixed_bfloat16'}
    """
    cls = type(dtype_policy)
    is_builtin = _CLASSES.get(cls.__name__) is cls
    module = "keras" if cls is not DTypePolicyMap else "keras.dtype_policies"
    return {
        "module": module if is_builtin else cls.__module__,
        "class_name": cls.__name__,
        "config": dtype_policy.get_config(),
        "registered_name": None if is_builtin else cls.__name__,
    }


def deserialize(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> DTypePolicy:
    """Create a policy from the result of `serialize`.

    Args:
        config: {"class_name": ..., "config": {...}}.
        custom_objects: {name: custom policy class}.

    Raises:
        ValueError: the class is unknown.
    """
    name = str(config.get("class_name"))
    cls = (custom_objects or {}).get(name) or _CLASSES.get(name) or custom(name)
    if cls is None:
        _refuse_quantized(name)
        raise ValueError(
            f"Unknown dtype policy {name!r}. Available: {', '.join(_CLASSES)}; pass a "
            "class of your own in custom_objects."
        )
    return cls.from_config(dict(config.get("config") or {}))


def get(identifier: Any) -> DTypePolicy:
    """A policy from None (the global one), a name, a dtype, a config or a policy.

    Raises:
        ValueError: `identifier` is none of these.

    >>> get("mixed_bfloat16")
    <DTypePolicy "mixed_bfloat16">
    """
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(cast("dict[str, Any]", identifier))
    if identifier is None or isinstance(identifier, str):
        return DTypePolicy(identifier)
    return DTypePolicy(standardize_dtype(identifier))


def is_map(identifier: Any) -> bool:
    """Whether `get(identifier)` gives a `DTypePolicyMap`."""
    if isinstance(identifier, dict):
        config = cast("dict[str, Any]", identifier)
        return config.get("class_name") == DTypePolicyMap.__name__
    return isinstance(identifier, DTypePolicyMap)


def _refuse_quantized(name: str) -> None:
    modes = ("int4", "int8", "gptq", "awq", "float8")
    if ("_from_" in name and name.startswith(modes)) or "Quantized" in name:
        raise ValueError(
            f"{name!r} is a policy for quantized models; nbkeras computes in "
            'floating point only. Write for example DTypePolicy("mixed_bfloat16").'
        )


def _cast(x: Any, dtype: str) -> Any:
    if hasattr(x, "apply_function"):
        return x.apply_function("cast", (x, dtype), {})
    import jax.numpy as jnp

    return cast("Any", jnp).asarray(x).astype(dtype)
