"""Attention layers against real Keras: numbers, masks, training, files."""

import attention_cases as cases
import jax
import jax.numpy as jnp
import keras
import keras_oracle as oracle
import layer_cases
import numpy as np
import pytest
from tolerances import QUICKLY_COMPILED

import nbkeras
from nbkeras import layers, ops
from nbkeras.layers.engine.functional_call import apply, values_of
from nbkeras.ops.kernels import attention

RNG = np.random.default_rng(0)
SMALL = {"num_heads": 2, "key_dim": 3}
GROUPED = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
SEQUENCES = [(3, 5, 8), (3, 4, 8)]


def both(name, config, inputs):
    """Our layer and Keras's, built, with the same random weights."""
    ours, theirs = oracle.pair(name, config)
    args = cases.arguments(name, inputs)
    # Built without computing: as arrays, each operation would be compiled by itself.
    ours.build_for(*args)
    theirs(*jax.tree.map(lambda array: keras.KerasTensor(array.shape), args))
    paths = [weight.path.split("/", 1)[1] for weight in theirs.weights]
    assert [weight.path.split("/", 1)[1] for weight in ours.weights] == paths
    values = [RNG.normal(size=w.shape).astype("float32") / 3 for w in theirs.weights]
    ours.set_weights(values), theirs.set_weights(values)
    return ours, theirs, args


def gaps(name, config, shapes, **call):
    """Relative differences of outputs and of all gradients."""
    inputs = [RNG.normal(size=shape).astype("float32") for shape in shapes]
    ours, theirs, args = both(name, config, inputs)
    paths = list(values_of(ours))

    def weighed(outputs, losses):
        outputs = jax.tree.leaves(outputs)
        sums = [
            jnp.sum(y * jnp.cos(jnp.arange(y.size)).reshape(y.shape)) for y in outputs
        ]
        return sum(sums) + sum(jnp.sum(loss) for loss in losses), outputs

    def our_run(params, args):
        found = apply(ours, dict(zip(paths, params, strict=True)), *args, **call)
        weights = zip(ours.weights, params, strict=True)
        penalties = [w.regularizer(value) for w, value in weights if w.regularizer]
        return weighed(found.y, [*found.losses, *penalties])

    def their_run(params, args):
        y, _, losses = theirs.stateless_call(
            params, state, *args, return_losses=True, **call
        )
        return weighed(y, losses)

    params = [jnp.asarray(w.value) for w in theirs.weights]
    state = [variable.value for variable in theirs.non_trainable_variables]
    found = [
        jax.jit(
            jax.value_and_grad(run, (0, 1), has_aux=True),
            compiler_options=QUICKLY_COMPILED,
        )(params, args)
        for run in (our_run, their_run)
    ]
    ours, theirs = ([np.asarray(leaf) for leaf in jax.tree.leaves(f)] for f in found)
    # The softmax takes no notice of a key's bias: its gradient is rounding alone, and
    # is measured by the size of the others.
    floor = 0.01 * max(np.abs(leaf).max() for leaf in theirs)
    return max(
        float(np.abs(one - other).max() / max(np.abs(other).max(), floor))
        for one, other in zip(ours, theirs, strict=True)
    )


@pytest.mark.parametrize("case", cases.ALL, ids=layer_cases.label)
def test_output_and_gradients_equal_keras(case):
    assert gaps(*case) < 1e-5


@pytest.mark.parametrize("case", cases.ALL, ids=layer_cases.label)
def test_scores_under_a_causal_mask_equal_keras(case):
    call = {"use_causal_mask": True, "return_attention_scores": True}
    if case[1].get("attention_axes"):
        call.pop("use_causal_mask")  # it is a mask over axis 1
    assert gaps(*case, **call) < 1e-5


@pytest.mark.parametrize("case", cases.ALL, ids=layer_cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


@pytest.mark.parametrize(
    ("name", "config"),
    [("MultiHeadAttention", SMALL), ("GroupQueryAttention", GROUPED)],
)
@pytest.mark.parametrize("dropout", [0.0, 0.1])
@pytest.mark.parametrize(
    "shapes",
    [
        {"attention_mask": (3, 5, 4)},
        {"attention_mask": (1, 5, 4), "value_mask": (3, 4)},
        {"key_mask": (3, 4), "value_mask": (3, 4)},
    ],
    ids=["attention", "attention and value", "key and value"],
)
def test_masks_count_as_in_keras(name, config, dropout, shapes):
    rng = np.random.default_rng(1)
    masks = {mask: rng.random(shape) > 0.4 for mask, shape in shapes.items()}
    assert gaps(name, {**config, "dropout": dropout}, SEQUENCES, **masks) < 1e-5


@pytest.mark.parametrize("name", sorted(cases.LISTED_NAMES))
@pytest.mark.parametrize("causal", [False, True])
def test_masks_in_a_list_count_as_in_keras(name, causal):
    masks = [np.arange(15).reshape(3, 5) % 3 > 0, np.arange(12).reshape(3, 4) % 4 > 0]
    inputs = [RNG.normal(size=shape).astype("float32") for shape in SEQUENCES]
    ours, theirs, args = both(name, {}, inputs)
    call = {"use_causal_mask": causal, "return_attention_scores": True}
    found = [np.asarray(y) for y in ours(*args, mask=masks, **call)]
    wanted = [np.asarray(y) for y in theirs(*args, mask=masks, **call)]
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_dot_product_attention_is_a_mean_weighed_by_the_softmax_by_hand():
    query, value = RNG.normal(size=(2, 3)), RNG.normal(size=(4, 3))
    weights = np.exp(query @ value.T)
    weights /= weights.sum(1, keepdims=True)
    y = layers.Attention()([query[None], value[None]])
    np.testing.assert_allclose(y[0], weights @ value, rtol=1e-5)


def test_the_value_may_have_another_size_than_the_key():
    # Keras 3.15 on JAX fails here unless it is asked for the scores.
    config = {**SMALL, "value_dim": 5}
    inputs = [RNG.normal(size=shape).astype("float32") for shape in SEQUENCES]
    ours, theirs, args = both("MultiHeadAttention", {**config, "dropout": 0.1}, inputs)
    plain = layers.MultiHeadAttention(**config)
    plain(*args)
    plain.set_weights(ours.get_weights())
    np.testing.assert_allclose(plain(*args), theirs(*args), atol=1e-5)


def test_dropout_leaves_out_its_share_of_the_scores_and_keeps_the_expected_sum():
    layer = layers.MultiHeadAttention(1, 4, dropout=0.5, use_bias=False)
    x = np.ones((1, 400, 4), "float32")
    still = np.asarray(layer(x, x))
    moved = np.asarray(layer(x, x, training=True))
    # 400 equal values, each kept with 1/2 and doubled: a mean of 400 such numbers.
    ratio = moved / still
    assert abs(ratio.mean() - 1) < 0.01
    assert ratio.std() == pytest.approx(1 / np.sqrt(400), rel=0.2)


def test_a_query_mask_that_is_given_becomes_the_mask_of_the_output():
    mask = np.array([[True, True, False]])
    x = layers.Input((3, 4))
    m = layers.Input((3,), dtype="bool")
    y = layers.MultiHeadAttention(**SMALL)(x, x, query_mask=m)
    model = nbkeras.Model([x, m], layers.GlobalAveragePooling1D()(y))
    whole = nbkeras.Model([x, m], y)
    value = RNG.normal(size=(1, 3, 4)).astype("float32")
    steps = whole.predict([value, mask], verbose=0)
    np.testing.assert_allclose(
        model.predict([value, mask], verbose=0), steps[:, :2].mean(1), rtol=1e-5
    )


def text_model(module, attend):
    """A model of padded ids whose masks travel through an attention layer."""
    ids = module.layers.Input((6,), dtype="int32")
    x = module.layers.Embedding(9, 8, mask_zero=True)(ids)
    x = attend(module.layers, x)
    x = module.layers.GlobalAveragePooling1D()(x)
    return module.Model(ids, module.layers.Dense(3, activation="softmax")(x))


ATTEND = {
    "heads": lambda layers, x: layers.MultiHeadAttention(2, 4)(x, x),
    "causal heads": lambda layers, x: layers.MultiHeadAttention(2, 4)(
        x, x, use_causal_mask=True
    ),
    "gated heads": lambda layers, x: layers.MultiHeadAttention(
        2, 4, use_gate=True, sliding_window=3
    )(x, x),
    "groups": lambda layers, x: layers.GroupQueryAttention(4, 4, 2)(x, x),
    "dot product": lambda layers, x: layers.Attention(use_scale=True)([x, x]),
    "additive": lambda layers, x: layers.AdditiveAttention()([x, x]),
}


def text_models(attend):
    ours, theirs = (text_model(module, ATTEND[attend]) for module in (nbkeras, keras))
    rng = np.random.default_rng(3)
    values = [rng.normal(size=w.shape).astype("float32") / 2 for w in theirs.weights]
    ours.set_weights(values), theirs.set_weights(values)
    return ours, theirs


# Keras warns of its own projections, which pass no mask on.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not support masking")
IDS = np.random.default_rng(2).integers(0, 9, (20, 6))
IDS[:, 0] = 1
IDS[4:9, 3:] = 0


@pytest.mark.parametrize("attend", ATTEND)
def test_masks_of_padding_travel_as_in_keras(attend):
    ours, theirs = text_models(attend)
    found, wanted = ours.predict(IDS, verbose=0), theirs.predict(IDS, verbose=0)
    np.testing.assert_allclose(found, wanted, atol=1e-6)


@pytest.mark.parametrize("attend", ATTEND)
def test_ten_steps_of_fit_end_where_those_of_keras_end(attend):
    ours, theirs = text_models(attend)
    y = np.arange(20) % 3
    for model, module in ((ours, nbkeras), (theirs, keras)):
        # Adam would blow up the rounding that is all the gradient of a key's bias.
        optimizer = module.optimizers.SGD(0.05, momentum=0.9)
        model.compile(optimizer, "sparse_categorical_crossentropy")
        model.fit(IDS, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        scale = max(np.abs(other).max(), 1e-3)
        assert np.abs(np.asarray(one) - other).max() / scale < 1e-5


@pytest.mark.parametrize("attend", ATTEND)
def test_files_travel_both_ways(attend, tmp_path):
    ours, theirs = text_models(attend)
    wanted = theirs.predict(IDS, verbose=0)
    ours.save(tmp_path / "ours.keras"), theirs.save(tmp_path / "theirs.keras")
    read_by_keras = keras.models.load_model(tmp_path / "ours.keras")
    np.testing.assert_allclose(read_by_keras.predict(IDS, verbose=0), wanted, atol=1e-6)
    read_by_us = nbkeras.models.load_model(tmp_path / "theirs.keras")
    np.testing.assert_allclose(read_by_us.predict(IDS, verbose=0), wanted, atol=1e-6)


def test_the_mixed_policy_computes_in_bfloat16_and_keeps_float32_weights():
    layer = layers.MultiHeadAttention(**SMALL, dtype="mixed_bfloat16")
    x = RNG.normal(size=(2, 5, 8)).astype("float32")
    y = layer(x, x)
    assert y.dtype == jnp.bfloat16
    assert {weight.dtype for weight in layer.weights} == {"float32"}
    plain = layers.MultiHeadAttention(**SMALL)
    plain(x, x)
    plain.set_weights(layer.get_weights())
    np.testing.assert_allclose(y.astype("float32"), plain(x, x), atol=0.05)


@pytest.mark.parametrize("dtype", ["float16", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", ["Attention", "AdditiveAttention"])
def test_dropout_keeps_the_dtype_of_the_policy_as_in_keras(name, dtype):
    x = RNG.normal(size=(2, 5, 8)).astype("float32")
    ours, theirs = (
        getattr(module.layers, name)(dropout=0.2, dtype=dtype)([x, x])
        for module in (nbkeras, keras)
    )
    assert ours.dtype == theirs.dtype


def test_a_mask_for_each_head_counts_together_with_padding():
    x = RNG.normal(size=(3, 5, 8)).astype("float32")
    heads, padding = RNG.random((3, 2, 5, 5)) > 0.3, np.arange(5) < [[5], [3], [4]]
    layer = layers.MultiHeadAttention(**SMALL)
    _, scores = layer(
        x, x, attention_mask=heads, value_mask=padding, return_attention_scores=True
    )
    seen = heads & padding[:, None, None]
    assert np.all(np.asarray(scores)[~seen] == 0)
    assert np.all((np.asarray(scores) > 0) == seen)


def test_a_subclass_may_compute_its_own_attention():
    class Uniform(layers.MultiHeadAttention):
        def _compute_attention(self, query, key, value, *rest):
            return jnp.broadcast_to(value.mean(1, keepdims=True), query.shape), None

    x = RNG.normal(size=(2, 5, 8)).astype("float32")
    y = np.asarray(Uniform(**SMALL)(x, x))
    np.testing.assert_allclose(y, np.repeat(y[:, :1], 5, axis=1), rtol=1e-5)


@pytest.mark.parametrize("case", cases.ALL, ids=layer_cases.label)
def test_another_row_changes_nothing(case):
    name, config, shapes = case
    inputs = [RNG.normal(size=shape).astype("float32") for shape in shapes]
    others = [np.array(x) for x in inputs]
    for x in others:
        x[1] = 0.5
    layer = getattr(layers, name)(**config)
    if config.get("activity_regularizer") is None:
        assert layer.treats_rows_alone()
    one, two = (
        np.asarray(layer(*cases.arguments(name, each))) for each in (inputs, others)
    )
    assert np.any(one[1] != two[1])
    np.testing.assert_array_equal(one[0], two[0])


@pytest.mark.parametrize("masked", [False, True])
def test_the_short_form_for_heads_equals_the_plain_formula(masked):
    q, k, v = (RNG.normal(size=(2, n, h, 3)) for n, h in ((5, 6), (4, 2), (4, 2)))
    mask = RNG.random((2, 5, 4)) > 0.4 if masked else None
    y = attention.dot_product(*map(jnp.asarray, (q, k, v)), mask, 0.5, causal=True)
    k, v = np.repeat(k, 3, axis=2), np.repeat(v, 3, axis=2)
    scores = 0.5 * np.einsum("btnh,bsnh->bnts", q, k)
    seen = np.tril(np.ones((5, 4), bool))[None, None]
    seen = seen if mask is None else seen & mask[:, None]
    weights = np.exp(np.where(seen, scores, -1e4) - scores.max())
    # Where nothing is seen all keys count the same.
    weights = np.where(seen.any(-1, keepdims=True), weights, 1.0)
    weights /= weights.sum(-1, keepdims=True)
    np.testing.assert_allclose(
        y, np.einsum("bnts,bsnh->btnh", weights, v), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize(
    ("queries", "keys", "rate", "masked"),
    [
        (16, 128, 0.1, False),
        (17, 24, 0.3, True),
        (8, 12, 0.3, True),
        (32, 64, 0, False),
    ],
)
def test_written_gradients_of_attention_equal_the_formula(queries, keys, rate, masked):
    draw = np.random.default_rng(0)
    sizes = (queries, keys, keys, queries)
    arrays = [draw.normal(size=(2, n, 3, 8)).astype("float32") for n in sizes]
    mask = draw.random((2, queries, keys)) > 0.3 if masked else None
    if masked:
        mask[0, 0] = False  # a query that sees nothing
    kept = draw.random((2, 3, queries, keys)) > rate if rate else None

    def found(q, k, v, g):
        y, pull = jax.vjp(
            lambda q, k, v: attention.attended(q, k, v, mask, kept, rate), q, k, v
        )
        return y, *pull(g)

    q, k, v, g = (a.astype("float64") for a in arrays)
    scores = np.einsum("btnh,bsnh->bnts", q, k)
    seen = np.broadcast_to(True if mask is None else mask[:, None], scores.shape)
    scores = np.where(seen, scores, -1e9)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights = np.where(seen, weights / weights.sum(-1, keepdims=True), 0)
    factor = 1 if kept is None else kept / (1 - rate)
    change = np.einsum("btnh,bsnh->bnts", g, v) * factor
    change = weights * (change - (weights * change).sum(-1, keepdims=True))
    wanted = (
        np.einsum("bnts,bsnh->btnh", weights * factor, v),
        np.einsum("bnts,bsnh->btnh", change, k),
        np.einsum("bnts,btnh->bsnh", change, q),
        np.einsum("bnts,btnh->bsnh", weights * factor, g),
    )
    for one, other in zip(jax.jit(found)(*arrays), wanted, strict=True):
        assert np.abs(np.asarray(one) - other).max() < 2e-6 * np.abs(other).max()


@pytest.mark.parametrize("settings", [{"dropout": 0.3}, {}])
def test_steps_of_fit_with_written_gradients_equal_plain_ones(monkeypatch, settings):
    calls, original = [], attention.attended
    monkeypatch.setattr(
        attention, "attended", lambda *args: calls.append(1) or original(*args)
    )
    weights, counts = [], []
    for lowering in ("auto", "plain"):
        nbkeras.config.set_lowering(lowering)
        nbkeras.utils.set_random_seed(3)
        x = start = nbkeras.Input((16, 8))
        x = layers.Add()([x, layers.MultiHeadAttention(2, 4, **settings)(x, x)])
        x = layers.Dense(6)(layers.LayerNormalization()(x))
        model = nbkeras.Model(start, layers.Dense(1)(layers.Flatten()(x)))
        model.compile(nbkeras.optimizers.SGD(0.1), "mse")
        data = np.random.default_rng(0).normal(size=(8, 16, 8)).astype("float32")
        model.fit(data, data[:, 0, :1], batch_size=4, epochs=2, verbose=0)
        weights.append([np.asarray(w) for w in model.get_weights()])
        counts.append(len(calls))
    nbkeras.config.set_lowering("auto")
    assert counts[0] > 0
    assert counts[1] == counts[0]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=2e-6)


class TokenAndPositionEmbedding(layers.Layer):
    """As tutorials write it."""

    def __init__(self, maxlen, vocab_size, embed_dim):
        super().__init__()
        self.token_emb = layers.Embedding(input_dim=vocab_size, output_dim=embed_dim)
        self.pos_emb = layers.Embedding(input_dim=maxlen, output_dim=embed_dim)

    def call(self, x):
        maxlen = ops.shape(x)[-1]
        positions = ops.arange(start=0, stop=maxlen, step=1)
        return self.token_emb(x) + self.pos_emb(positions)


class TransformerBlock(layers.Layer):
    """As tutorials write it."""

    def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1):
        super().__init__()
        self.att = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
        self.ffn = nbkeras.Sequential(
            [layers.Dense(ff_dim, activation="relu"), layers.Dense(embed_dim)]
        )
        self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
        self.layernorm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dropout1 = layers.Dropout(rate)
        self.dropout2 = layers.Dropout(rate)

    def call(self, inputs):
        attn_output = self.dropout1(self.att(inputs, inputs))
        out1 = self.layernorm1(inputs + attn_output)
        return self.layernorm2(out1 + self.dropout2(self.ffn(out1)))


def test_a_transformer_of_tutorials_learns_which_of_two_words_comes_first():
    rng = np.random.default_rng(0)
    x = rng.integers(2, 12, (1200, 8))
    places = np.argsort(rng.random((1200, 8)), axis=1)[:, :2]
    rows = np.arange(1200)
    x[rows, places[:, 0]], x[rows, places[:, 1]] = 0, 1
    y = (places[:, 0] < places[:, 1]).astype("int32")
    nbkeras.utils.set_random_seed(0)
    inputs = layers.Input(shape=(8,))
    hidden = TokenAndPositionEmbedding(8, 12, 16)(inputs)
    hidden = TransformerBlock(16, 2, 32)(hidden)
    hidden = layers.GlobalAveragePooling1D()(hidden)
    outputs = layers.Dense(2, activation="softmax")(hidden)
    model = nbkeras.Model(inputs, outputs)
    optimizer = nbkeras.optimizers.Adam(0.005)
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"])
    model.fit(x[:1000], y[:1000], batch_size=50, epochs=15, verbose=0)
    assert model.evaluate(x[1000:], y[1000:], verbose=0)[1] > 0.9


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: layers.MultiHeadAttention(0, 4), r"num_heads=8\)"),
        (lambda: layers.MultiHeadAttention(2, 4.5), r"key_dim=4\)"),
        (lambda: layers.MultiHeadAttention(2, 4, value_dim=-1), r"value_dim=64\)"),
        (lambda: layers.MultiHeadAttention(2, 4, attention_axes="all"), r"\(1,\)"),
        (lambda: layers.MultiHeadAttention(2, 4, sliding_window=0), "sliding_window="),
        (lambda: layers.MultiHeadAttention(2, 4, dropout=2), "dropout"),
        (lambda: layers.GroupQueryAttention(4, 3, 2), "a divisor of num_query_heads=3"),
        (lambda: layers.Attention(score_mode="sum"), "'dot'"),
        (
            lambda: layers.MultiHeadAttention(2, 4, flash_attention=True, dropout=0.1),
            "leave flash_attention out",
        ),
        (
            lambda: layers.MultiHeadAttention(2, 4, flash_attention=True)(
                np.ones((1, 2, 3)), np.ones((1, 2, 3)), return_attention_scores=True
            ),
            "Leave flash_attention out to get them",
        ),
        (
            lambda: layers.MultiHeadAttention(2, 4)(
                np.ones((1, 2, 3)), np.ones((1, 2, 3)), np.ones((1, 4, 3))
            ),
            "equal sizes on all axes but the last",
        ),
        (
            lambda: layers.Attention()(np.ones((1, 2, 3))),
            r"Write Attention\(\)\(\[query, value\]\)",
        ),
        (
            lambda: layers.AdditiveAttention()(layers.Input((2, 3))),
            r"Write AdditiveAttention\(\)\(\[query, value\]\)",
        ),
    ],
)
def test_a_wrong_setting_or_call_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()


@pytest.mark.parametrize(("name", "config", "shapes"), cases.PROJECTED)
def test_a_build_by_hand_declares_all_projections(name, config, shapes):
    ours, theirs = (getattr(m.layers, name)(**config) for m in (nbkeras, keras))
    for layer in (ours, theirs):
        layer.build(*shapes)
    assert [w.shape for w in ours.get_weights()] == [
        w.shape for w in theirs.get_weights()
    ]
    ours.set_weights(theirs.get_weights())
    inputs = [np.random.default_rng(7).normal(size=shape) for shape in shapes]
    found, wanted = (layer(*inputs) for layer in (ours, theirs))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
