"""A model's mistakes, its calibration, and suspected label errors."""
