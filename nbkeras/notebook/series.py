"""Bounded curves: a table of numbers that thins itself out; pure, no browser."""

import numpy as np

# How a place without a number travels, since NaN is a value that a loss may have.
MISSING = float(np.finfo(np.float32).min)
MOST_ROWS = 600
MOST_COLUMNS = 60


class Series:
    """Rows of x and named values, at most so many numbers, first and last row kept.

    When the table is full every second row goes, and from then on only every second
    is taken up, and so on: rows stay evenly spread, in their order. The newest row is
    always there.

    Args:
        budget: numbers in the whole table, x included.
        most_rows: rows, whatever the budget.
    """

    def __init__(self, budget, most_rows=MOST_ROWS):
        self.columns = []
        self._budget, self._most_rows = budget, most_rows
        self._rows = []
        self._newest = None
        self._stride = 1
        self._count = 0

    def add(self, x, values):
        """Take in a row; a name that is new becomes a column, empty above."""
        for name in values:
            if name not in self.columns and len(self.columns) < MOST_COLUMNS:
                self.columns.append(name)
        row = (x, dict(values))
        if self._count % self._stride == 0:
            self._rows.append(row)
            self._newest = None
        else:
            self._newest = row
        self._count += 1
        while len(self._rows) >= self.capacity:
            self._thin_out()

    @property
    def capacity(self):
        """Rows that the budget allows, the newest included; never below three."""
        by_budget = self._budget // (1 + max(len(self.columns), 1))
        return max(3, min(self._most_rows, by_budget))

    def _thin_out(self):
        last = self._rows[-1]
        self._rows = self._rows[::2]
        self._stride *= 2
        if self._newest is None and self._rows[-1] is not last:
            self._newest = last

    @property
    def rows(self):
        """[(x, {name: value})], in order."""
        return self._rows + ([self._newest] if self._newest else [])

    def array(self):
        """float32 (1 + columns, rows): x first, then each column."""
        rows = self.rows
        table = np.full((1 + len(self.columns), len(rows)), MISSING, np.float32)
        with np.errstate(over="ignore"):  # what float32 cannot hold is infinite
            for i, (x, values) in enumerate(rows):
                table[0, i] = x
                for j, name in enumerate(self.columns, 1):
                    value = values.get(name)
                    if value is not None:
                        table[j, i] = value
        return table

    def column(self, name):
        """(x, values) as float64, rows without a value left out."""
        kept = [(x, v[name]) for x, v in self.rows if v.get(name) is not None]
        return np.asarray(kept, float).reshape(-1, 2).T

    def pack(self):
        """The table as bytes, little-endian float32, one column after the other."""
        return self.array().astype("<f4").tobytes()
