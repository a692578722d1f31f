"""Shared by all widgets: base class, theme, charts, controls, translations."""
