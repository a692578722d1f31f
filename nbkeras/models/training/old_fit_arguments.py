"""Keywords of fit, evaluate and predict in Keras 1 and 2, and what they are now."""

from nbkeras.core import check, notices

# Old keyword: (new keyword, what to write). A new keyword of None is dropped; one
# that begins with "#" counts samples and is turned into steps by the caller.
KEYWORDS = {
    "nb_epoch": ("epochs", "epochs={value}"),
    "samples_per_epoch": ("#samples", "steps_per_epoch, counted in batches"),
    "nb_val_samples": ("#val_samples", "validation_steps, counted in batches"),
    "val_samples": ("#samples", "steps, counted in batches"),
    "show_accuracy": (None, "metrics=['accuracy'] in compile"),
    "nb_worker": (None, "workers=... where the Sequence is made"),
    "workers": (None, "workers=... where the Sequence is made"),
    "max_q_size": (None, "max_queue_size=... where the Sequence is made"),
    "max_queue_size": (None, "max_queue_size=... where the Sequence is made"),
    "pickle_safe": (None, "nothing in its place: batches are read on threads"),
    "use_multiprocessing": (None, "nothing in its place: batches are read on threads"),
}


def translate(owner, old, known):
    """New keywords for old ones, each said once.

    Args:
        owner: the function that was called.
        old: keywords that it does not know by their present names.
        known: its present keywords, for a hint on a misspelt one.

    Returns:
        (keywords, counts): counts has "samples" and "val_samples" where given.

    Raises:
        TypeError: a keyword that no version knew; names the nearest.
    """
    given, counts = {}, {}
    for name, value in old.items():
        if name not in KEYWORDS:
            raise TypeError(
                f"{owner} has no argument {name!r}."
                f"{check.did_you_mean(name, [*known, *KEYWORDS])} "
                f"It takes: {', '.join(known)}."
            )
        new, write = KEYWORDS[name]
        if new and new.startswith("#"):
            counts[new[1:]] = check.positive_int(owner, name, value)
        elif new:
            given[new] = value
        notices.once(
            (owner, name),
            f"{owner}({name}=...) is the old spelling; write "
            f"{write.format(value=value)}.",
        )
    return given, counts
