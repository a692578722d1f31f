"""What all widgets share: base class, theme, charts, controls, translations."""
