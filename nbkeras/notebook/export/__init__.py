"""Pages that work without a kernel: a run, a widget or a notebook as one file."""
