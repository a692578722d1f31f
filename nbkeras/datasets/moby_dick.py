"""The first chapters of Moby-Dick, a real text in the package."""

from importlib import resources

from nbkeras.core import check

NUM_CHAPTERS = 9
_BETWEEN_CHAPTERS = "\n\n\n"


def load(chapters: int = NUM_CHAPTERS) -> str:
    """The first chapters of Moby-Dick, by Herman Melville (1851), as one string.

    For models that write, or that learn word vectors: about 100,000 characters in 9
    chapters, of which the first has 12,000. It is in the public domain; see
    PROVENANCE.txt beside the data.

    Args:
        chapters: how many, 1 to 9. Each begins with a line such as "CHAPTER 1.
            Loomings."; two empty lines stand between them.

    Raises:
        ValueError: `chapters` is not an integer from 1 to 9.

    >>> load(1).splitlines()[2][:16]
    'Call me Ishmael.'
    """
    check.positive_int("moby_dick.load", "chapters", chapters, 1)
    if chapters > NUM_CHAPTERS:
        raise ValueError(
            f"moby_dick.load(chapters={chapters}): the package has {NUM_CHAPTERS} "
            f"chapters. Write load({NUM_CHAPTERS}), or load() for all."
        )
    source = resources.files("nbkeras.datasets") / "data" / "moby_dick_1_to_9.txt"
    parts = source.read_text("utf-8").split(_BETWEEN_CHAPTERS)
    return _BETWEEN_CHAPTERS.join(parts[:chapters])
