"""Connectionist temporal classification: label sequences without alignment."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from nbkeras.core import check
from nbkeras.ops import statistics
from nbkeras.ops.functions.operation_table import operation
from nbkeras.ops.kernels import eager_loops


@operation("target output target_length output_length", "nn", class_name="CTCLoss")
def ctc_loss(
    target: ArrayLike,
    output: ArrayLike,
    target_length: ArrayLike,
    output_length: ArrayLike,
    mask_index: int = 0,
) -> jax.Array:
    """CTC loss: negative log-probability of the labels, summed over all alignments.

    Args:
        target: (batch, labels), class numbers.
        output: (batch, steps, classes), logits.
        target_length: (batch,), number of valid labels.
        output_length: (batch,), number of valid steps.
        mask_index: class number of the blank.

    Returns: (batch,).

    Source: Graves et al., "Connectionist temporal classification", ICML (2006).
    """
    import optax

    # Padding in the dtype of the logits keeps the recursion in that dtype.
    output = statistics.at_least_float32(output)
    return eager_loops.run(
        functools.partial(optax.ctc_loss, blank_id=mask_index),
        output,
        _beyond(output_length, output.shape[1], output.dtype),
        target.astype("int32"),
        _beyond(target_length, target.shape[1], output.dtype),
    )


def _beyond(lengths: jax.Array, size: int, dtype: Any) -> jax.Array:
    return (jnp.arange(size) >= lengths[:, None]).astype(dtype)


@operation("inputs sequence_lengths", "nn", class_name="CTCDecode")
def ctc_decode(
    inputs: ArrayLike,
    sequence_lengths: ArrayLike,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int = 0,
) -> tuple[jax.Array, jax.Array]:
    """Decode the most probable label sequences.

    Args:
        inputs: (batch, steps, classes), logits.
        sequence_lengths: (batch,), number of valid steps.
        strategy: "greedy" takes the best class of each step, "beam_search" follows the
            most probable prefixes.
        beam_width: number of prefixes to keep.
        top_paths: number of sequences that a beam search returns.
        merge_repeated: merge repeated labels into one (greedy only).
        mask_index: class number of the blank; None for the last class.

    Returns:
        (paths, batch, steps) class numbers, padded with -1, and (batch, paths) scores:
        the negative sum of logits for greedy, log-probabilities for beam search.
    """
    check.choice("ops.ctc_decode", "strategy", strategy, ("greedy", "beam_search"))
    inputs = statistics.at_least_float32(inputs)
    blank = inputs.shape[-1] - 1 if mask_index is None else mask_index
    counts = jnp.arange(inputs.shape[1]) < sequence_lengths[:, None]
    if strategy == "greedy":
        return _greedy(inputs, counts, merge_repeated, blank)
    return _beam_search(inputs, counts, beam_width, top_paths, blank)


def _greedy(inputs, counts, merge_repeated, blank):
    labels = jnp.where(counts, jnp.argmax(inputs, -1), blank)
    scores = jnp.where(counts, jnp.max(inputs, -1), 0.0)
    emits = labels != blank
    if merge_repeated:
        emits = emits.at[:, 1:].set(emits[:, 1:] & (labels[:, 1:] != labels[:, :-1]))
    # A stable sort moves the emitted labels to the front without changing their order.
    order = jnp.argsort(~emits, axis=-1, stable=True)
    labels = jnp.take_along_axis(jnp.where(emits, labels, -1), order, axis=-1)
    return labels[None], -jnp.sum(scores, 1)[:, None]


def _beam_search(inputs, counts, width, top, blank):
    """Prefix beam search.

    Each prefix has two log-probabilities: of all alignments that end in a blank, and of
    those that end in its last label.

    Source: Graves, "Supervised sequence labelling" (2012), section 7.5.3; the form with
    two probabilities is that of Hannun et al., arXiv:1408.2873 (2014).
    """
    logs = jax.nn.log_softmax(inputs)
    decode = lambda log, count: _decode_one(log, count, width, top, blank)  # noqa: E731
    paths, scores = eager_loops.run(jax.vmap(decode), logs, counts)
    return jnp.moveaxis(paths, 1, 0), scores


def _decode_one(logs, counts, width, top, blank):
    steps, classes = logs.shape
    start = (
        jnp.full((width, steps), -1, "int32"),
        jnp.zeros(width, "int32"),
        jnp.full(width, -jnp.inf, logs.dtype).at[0].set(0.0),
        jnp.full(width, -jnp.inf, logs.dtype),
    )

    def step(state, now):
        log, count = now
        new = _extended(state, log, width, classes, blank)
        return jax.tree.map(lambda a, b: jnp.where(count, a, b), new, state), None

    (paths, _, ends_blank, ends_label), _ = jax.lax.scan(step, start, (logs, counts))
    total = jnp.logaddexp(ends_blank, ends_label)
    best = jnp.argsort(-total, stable=True)[:top]
    return paths[best], total[best]


def _extended(state, log, width, classes, blank):
    """The most probable prefixes after one more step."""
    paths, lengths, ends_blank, ends_label = state
    total = jnp.logaddexp(ends_blank, ends_label)
    rows = jnp.arange(width)
    last = jnp.where(lengths > 0, paths[rows, jnp.maximum(lengths - 1, 0)], -1)
    # A prefix is unchanged by a blank, or by a repetition of its last label.
    stays_blank = total + log[blank]
    stays_label = jnp.where(last >= 0, ends_label + log[jnp.maximum(last, 0)], -jnp.inf)
    # Or it is extended; repeating the last label requires a blank in between.
    labels = jnp.arange(classes)
    grown = (
        jnp.where(last[:, None] == labels, ends_blank[:, None], total[:, None]) + log
    )
    grown = grown.at[:, blank].set(-jnp.inf)
    new_paths = jnp.repeat(paths, classes, axis=0)
    places = jnp.repeat(jnp.minimum(lengths, paths.shape[1] - 1), classes)
    new_paths = new_paths.at[jnp.arange(width * classes), places].set(
        jnp.tile(labels, width)
    )
    # Merge extended prefixes with equal prefixes already in the beam.
    same = jnp.all(new_paths[:, None] == paths[None], -1)
    same &= jnp.isfinite(total)[None]
    joined = jnp.where(same, grown.reshape(-1, 1), -jnp.inf)
    stays_label = jnp.logaddexp(stays_label, jax.nn.logsumexp(joined, axis=0))
    grown = jnp.where(same.any(1), -jnp.inf, grown.ravel())
    every = (
        jnp.concatenate([paths, new_paths]),
        jnp.concatenate([lengths, jnp.repeat(lengths + 1, classes)]),
        jnp.concatenate([stays_blank, jnp.full_like(grown, -jnp.inf)]),
        jnp.concatenate([stays_label, grown]),
    )
    best = jnp.argsort(-jnp.logaddexp(every[2], every[3]), stable=True)[:width]
    return tuple(part[best] for part in every)
