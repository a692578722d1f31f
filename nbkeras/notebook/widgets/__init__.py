"""Widgets: each is three files of one stem, `.py`, `.js` and `.css`."""
