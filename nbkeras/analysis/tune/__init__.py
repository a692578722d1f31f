"""Hyperparameter search: trials suggested by Optuna, each trained by `fit`."""
