"""Images to show, from arrays, folders and iterators; their labels and value range."""
