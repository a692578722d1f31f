"""The gradient-descent lab as a widget: `nbkeras.descent`."""
