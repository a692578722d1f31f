"""The smallest widget with a state, a saved setting and a message; for tests only."""

import traitlets

from nbkeras.notebook.widget.base import Widget


class Probe(Widget):
    """Shows a count; a slider sets a trait, a button sends a message."""

    count = traitlets.Int(0).tag(sync=True)
    points = traitlets.Bytes(b"").tag(sync=True)
    size = traitlets.Int(1).tag(sync=True)

    def static_picture(self):
        """A picture that names the count."""
        svg = f'<svg xmlns="http://www.w3.org/2000/svg"><text>{self.count}</text></svg>'
        return svg, f"count <{self.count}>"
