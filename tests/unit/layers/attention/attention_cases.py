"""Settings of the attention layers: (name, config, shapes of the inputs)."""

# Called on positional arguments, query, value and perhaps key.
PROJECTED = [
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}, [(3, 5, 8), (3, 4, 6)]),
    (
        "MultiHeadAttention",
        {
            "num_heads": 2,
            "key_dim": 3,
            "use_bias": False,
            "use_gate": True,
            "output_shape": (2, 3),
            "kernel_regularizer": "l2",
            "activity_regularizer": "l1",
        },
        [(3, 5, 8), (3, 4, 6), (3, 4, 7)],
    ),
    (
        "MultiHeadAttention",
        {"num_heads": 3, "key_dim": 2, "attention_axes": (2,)},
        [(2, 3, 4, 5), (2, 3, 4, 5)],
    ),
    (
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 2, "sliding_window": 2},
        [(3, 6, 4), (3, 6, 4)],
    ),
    (
        "GroupQueryAttention",
        {"head_dim": 3, "num_query_heads": 6, "num_key_value_heads": 2},
        [(3, 5, 8), (3, 4, 8)],
    ),
    (
        "GroupQueryAttention",
        {
            "head_dim": 2,
            "num_query_heads": 4,
            "num_key_value_heads": 1,
            "use_gate": True,
            "use_bias": False,
            "sliding_window": 3,
        },
        [(3, 5, 8), (3, 5, 8), (3, 5, 8)],
    ),
]
# Called on a list of them.
LISTED = [
    ("Attention", {}, [(3, 5, 4), (3, 6, 4)]),
    ("Attention", {"use_scale": True}, [(3, 5, 4), (3, 6, 2), (3, 6, 4)]),
    (
        "Attention",
        {"score_mode": "concat", "use_scale": True},
        [(3, 5, 4), (3, 6, 4)],
    ),
    ("Attention", {"score_mode": "concat"}, [(3, 5, 4), (3, 6, 4)]),
    ("AdditiveAttention", {}, [(3, 5, 4), (3, 6, 4)]),
    ("AdditiveAttention", {"use_scale": False}, [(3, 5, 4), (3, 6, 2), (3, 6, 4)]),
]
ALL = [*PROJECTED, *LISTED]
LISTED_NAMES = {name for name, *_ in LISTED}


def arguments(name, inputs):
    """The positional arguments of a call on `inputs`."""
    return (list(inputs),) if name in LISTED_NAMES else tuple(inputs)
