"""`%%model` and `%%keras`: parsing, completion, errors on their line, undo."""
