"""Training, evaluation and prediction of compiled models."""
