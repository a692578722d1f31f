"""Series: a table of curve points that is thinned to a bounded size."""

import numpy as np

# How a place without a number travels, since NaN is a value that a loss may have.
MISSING = float(np.finfo(np.float32).min)
MOST_ROWS = 600
MOST_COLUMNS = 60


class Series:
    """Rows of x and named values, at most so many numbers, first and last row kept.

    When the table is full only every second row stays and is taken up from then on,
    and so on: rows stay evenly spread, in their order. The newest row is always there.

    Args:
        budget: numbers in the whole table, x included.
        most_rows: rows, whatever the budget.

    `stride` says which rows are kept for good: those whose index it divides. Others
    need not be given, but for the newest.
    """

    def __init__(self, budget, most_rows=MOST_ROWS):
        self.columns = []
        self.stride = 1
        self._budget, self._most_rows = budget, most_rows
        self._rows = []
        self._newest = None
        self._next = 0

    def add(self, x, values, index=None):
        """Take in a row; a name that is new becomes a column, empty above.

        Args:
            x: larger than that of the row before.
            values: {name: number}.
            index: number of the row; None counts those given.
        """
        for name in values:
            if name not in self.columns and len(self.columns) < MOST_COLUMNS:
                self.columns.append(name)
        index = self._next if index is None else index
        self._next = index + 1
        row = (index, x, dict(values))
        is_kept = index % self.stride == 0 or not self._rows
        if is_kept:
            self._rows.append(row)
        self._newest = None if is_kept else row
        while len(self._rows) >= self.capacity:
            self._thin_out()

    @property
    def capacity(self):
        """Rows that the budget allows, the newest included; never below three."""
        by_budget = self._budget // (1 + max(len(self.columns), 1))
        return max(3, min(self._most_rows, by_budget))

    def _thin_out(self):
        first, *rest = self._rows
        last = self._rows[-1]
        self.stride *= 2
        self._rows = [first, *(row for row in rest if row[0] % self.stride == 0)]
        if self._newest is None and self._rows[-1] is not last:
            self._newest = last

    @property
    def rows(self):
        """[(x, {name: value})], in order."""
        all_rows = self._rows + ([self._newest] if self._newest else [])
        return [(x, values) for _, x, values in all_rows]

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
        points = [(x, v[name]) for x, v in self.rows if v.get(name) is not None]
        return np.asarray(points, float).reshape(-1, 2).T

    def pack(self):
        """The table as bytes, little-endian float32, one column after the other."""
        return self.array().astype("<f4").tobytes()
