"""The gradient-descent lab on the page: `nbkeras.descent`."""
