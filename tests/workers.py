"""Which test files start first, and which of them share a worker."""

from xdist.scheduler import LoadFileScheduling

JOURNEYS = "tests/jupyter/"
# Minutes of waiting for a browser or of computing: started last, one of these would keep
# a single worker busy when all others have nothing left.
LONG = (
    JOURNEYS,
    "tests/contracts/test_finite_differences.py",
    "tests/unit/layers/recurrent/",
    "tests/unit/ops/functions/",
    "tests/browser/",
    "tests/tutorials/",
)


def rank(item):
    """The place of the item's file in LONG; other files come behind them."""
    places = [at for at, path in enumerate(LONG) if item.nodeid.startswith(path)]
    return min(places, default=len(LONG))


class Scheduling(LoadFileScheduling):
    """A worker runs whole files, and one worker all journeys.

    It waits for its JupyterLab and its browser while the others compute.
    """

    def _split_scope(self, nodeid):
        if nodeid.startswith(JOURNEYS):
            return JOURNEYS
        return super()._split_scope(nodeid)
