"""What a network computes from one picture: `nbkeras.analysis.inside`."""
