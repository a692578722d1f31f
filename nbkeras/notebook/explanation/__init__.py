"""Why a model gives its answer: `nbkeras.explain`."""
