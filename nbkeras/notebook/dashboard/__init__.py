"""The live training dashboard, and replays of recorded runs."""
