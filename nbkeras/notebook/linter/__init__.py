"""Advice on a model and its data, shown when it is compiled and fitted."""
