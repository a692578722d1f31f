"""Exercises in a notebook: `%%exercise`, tasks and reports."""
