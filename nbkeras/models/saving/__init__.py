"""Models as files and configs: save, load, clone, back up, transfer weights."""
