"""One JupyterLab, and one Notebook, for the journeys of a process."""

import os

import pytest
from lab import Lab


@pytest.fixture(scope="session")
def servers(browser, tmp_path_factory, home_of_kernels):
    """(app) -> the running server; each is started when it is first asked for."""
    running = {}

    def of(app):
        if app not in running:
            folder = tmp_path_factory.mktemp(app)
            running[app] = Lab(folder, browser, app, home_of_kernels)
        return running[app]

    yield of
    for each in running.values():
        each.close()


@pytest.fixture
def lab(servers, request):
    """lab.notebook(*cells); notebooks are closed at the end of the test.

    In JupyterLab, or where `@pytest.mark.parametrize("lab", APPS, indirect=True)` says.
    """
    jupyter, opened = servers(getattr(request, "param", "jupyterlab")), []

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
