"""One JupyterLab for the journeys of a process."""

import os

import pytest
from lab import Lab


@pytest.fixture(scope="session")
def jupyter(browser, tmp_path_factory):
    """The running server."""
    running = Lab(tmp_path_factory.mktemp("lab"), browser)
    yield running
    running.close()


@pytest.fixture
def lab(jupyter, request):
    """lab.notebook(*cells); notebooks are closed at the end of the test."""
    opened = []

    class Opener:
        root = jupyter.root

        def notebook(self, *cells, **options):
            opened.append(jupyter.notebook(*cells, **options))
            return opened[-1]

        def open(self, text):
            opened.append(jupyter.open(text))
            return opened[-1]

    yield Opener()
    for i, book in enumerate(opened):
        if folder := os.environ.get("NBKERAS_SHOTS"):
            book.page.screenshot(path=f"{folder}/{request.node.name}-{i}.png")
        book.close()
