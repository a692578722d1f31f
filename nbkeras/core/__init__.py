"""Names, arguments, seeds and error messages. Depends on no layer and no model."""
