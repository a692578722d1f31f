"""Which widgets the cells of a notebook show; those of an earlier run are closed.

A widget keeps its comms, and what hangs on them, as long as the kernel lives. Where a
cell runs again, the page has dropped what the cell showed before. The cell is known by
the id that JupyterLab, Notebook and VS Code send along; without one nothing is closed.
"""

import threading

from nbkeras.notebook import environment


class ShownWidgets:
    """The widgets on the page, by cell."""

    def __init__(self):
        self._lock = threading.Lock()
        self._shell = None
        self._run = 0  # counts the cells that were run
        self._by_cell = {}  # {id of the cell: [(widget, number of the run)]}

    def note(self, widget):
        """`widget` is shown by the cell that runs now."""
        cell = environment.cell_id()
        if cell is None:
            return
        self._listen()
        with self._lock:
            self._by_cell.setdefault(cell, []).append((widget, self._run))

    def begin_cell(self, *_):
        """A cell begins; what it shows belongs to a new run."""
        self._run += 1

    def end_cell(self, result):
        """A cell has ended: close what only an earlier run of it showed."""
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
