"""What several processes must have in common before they train one model."""

from nbkeras.core import processes
from nbkeras.distribution.processes import agree, fingerprint


def check(model, plan, feed):
    """Find what differs between the processes that take part in a fit, if there are.

    Raises:
        ValueError: in every process.
    """
    if feed.parallel is None or not processes.are_several():
        return
    weights = model.weights_by_path().values()
    agree(
        {
            "the batches of an epoch": plan.steps or 0,
            "the rows of a step": feed.size,
            "the weights (a checksum)": fingerprint(w.value for w in weights),
        }
    )
