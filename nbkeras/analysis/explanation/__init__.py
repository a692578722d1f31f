"""Why a model gives its answer: maps of the pixels that count, and how far to trust."""
