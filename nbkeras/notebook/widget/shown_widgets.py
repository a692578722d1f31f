"""Track the widgets that cells show, and close those of earlier runs of a cell.

A widget keeps its comms and everything they reference until the kernel ends, although
the page drops a cell's output when the cell runs again. Cells are identified by the id
that JupyterLab, Notebook and VS Code send; without an id nothing is closed.
"""

import threading

from nbkeras.notebook import environment


class ShownWidgets:
    """The widgets on the page, by cell."""

    def __init__(self):
        self._lock = threading.Lock()
        self._shell = None
        self._run = 0  # number of cells run so far
        self._by_cell = {}  # {id of the cell: [(widget, number of the run)]}

    def note(self, widget):
        """Record that the running cell shows `widget`."""
        cell = environment.cell_id()
        if cell is None:
            return
        self._listen()
        with self._lock:
            self._by_cell.setdefault(cell, []).append((widget, self._run))

    def begin_cell(self, *_):
        """Handle the start of a cell: a new run begins."""
        self._run += 1

    def end_cell(self, result):
        """Handle the end of a cell: close widgets that only an earlier run showed."""
        cell = getattr(getattr(result, "info", None), "cell_id", None)
        with self._lock:
            shown = self._by_cell.get(cell, ())
            stale = [widget for widget, run in shown if run != self._run]
            if not stale:
                return
            self._by_cell[cell] = [entry for entry in shown if entry[1] == self._run]
            on_page = {id(w) for entries in self._by_cell.values() for w, _ in entries}
        for widget in stale:
            if id(widget) not in on_page:
                widget.close_comms()

    def _listen(self):
        shell = environment.shell()
        if shell is not self._shell:
            self._shell = shell
            shell.events.register("pre_run_cell", self.begin_cell)
            shell.events.register("post_run_cell", self.end_cell)


shown_widgets = ShownWidgets()
