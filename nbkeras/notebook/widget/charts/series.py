"""Series: a table of curve points, thinned to a bounded size."""

import numpy as np

# Encodes a missing number, since NaN is a valid value of a loss.
MISSING = float(np.finfo(np.float32).min)
MOST_ROWS = 600
MOST_COLUMNS = 60


class Series:
    """Rows of x and named values, bounded in size, including the first and last row.

    When the table is full, every second row is dropped, and from then on only every
    second row is added, and so on: rows stay evenly spaced and in order. The newest row
    is always included.

    Args:
        budget: most numbers in the whole table, including x.
        most_rows: most rows, whatever the budget.

    Rows whose index is divisible by `stride` are kept; others need not be added, except
    the newest.
    """

    def __init__(self, budget, most_rows=MOST_ROWS):
        self.columns = []
        self.stride = 1
        self._budget, self._most_rows = budget, most_rows
        self._rows = []
        self._newest = None
        self._next = 0

    def add(self, x, values, index=None):
        """Add a row; a new name adds a column that is empty above.

        Args:
            x: larger than that of the previous row.
            values: {name: number}.
            index: index of the row; None to count the added rows.
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
        """Number of rows within the budget, including the newest; at least three."""
        by_budget = self._budget // (1 + max(len(self.columns), 1))
        return max(3, min(self._most_rows, by_budget))

    def stride_at(self, index):
        """The stride after rows up to that of `index` are added, at least."""
        stride = self.stride
        while index // stride + 1 >= self.capacity:
            stride *= 2
        return stride

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
        with np.errstate(over="ignore"):  # overflow becomes infinite
            for i, (x, values) in enumerate(rows):
                table[0, i] = x
                for j, name in enumerate(self.columns, 1):
                    value = values.get(name)
                    if value is not None:
                        table[j, i] = value
        return table

    def column(self, name):
        """(x, values) as float64, without rows that have no value."""
        points = [(x, v[name]) for x, v in self.rows if v.get(name) is not None]
        return np.asarray(points, float).reshape(-1, 2).T

    def pack(self):
        """The table as bytes, little-endian float32, one column after the other."""
        return self.array().astype("<f4").tobytes()
