"""`nbkeras grade`: judge the submissions of a class, each in a process of its own."""
