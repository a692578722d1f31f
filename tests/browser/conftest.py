"""The browser's fixtures, for the tests in this folder."""

from fixtures import browser, view_of

__all__ = ["browser", "view_of"]
