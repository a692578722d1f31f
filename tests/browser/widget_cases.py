"""One made-up state for every widget; a widget without a case fails the contract."""

from probe import Probe

# stem -> () -> a widget that shows something
CASES = {"probe": lambda: Probe(count=3)}
