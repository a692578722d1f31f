"""`%%model` and `%%keras`: parsing, completion, errors with line numbers, undo."""
