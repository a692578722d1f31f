"""Class labels of rows, and how well they agree with the rows."""
