"""`nbkeras.guess`: write a guess down, and see it against the result."""
