"""Names, arguments, seeds and messages. Knows no layer and no model."""
