"""Fixtures for tests that show widgets in a browser."""

import os

import pytest
from harness import FLAGS, Stage, chromium, need_browser


@pytest.fixture(scope="session")
def playwright():
    """The one Playwright that a process can have."""
    need_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        yield play


@pytest.fixture(scope="session")
def browser(playwright):
    """One headless Chromium for all tests of a process."""
    running = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    yield running
    running.close()


@pytest.fixture
def view_of(browser, wire, request):
    """view_of(widget) -> View; options by `@pytest.mark.page(width=500, dark=True)`."""
    marker = request.node.get_closest_marker("page")
    options = dict(marker.kwargs) if marker else {}
    size = {"width": options.pop("width", 900), "height": options.pop("height", 800)}
    scheme = "dark" if options.pop("dark", False) else "light"
    page = browser.new_page(viewport=size, color_scheme=scheme, **options)
    stage = Stage(page)
    try:
        yield stage
        stage.finish()
    finally:
        if folder := os.environ.get("NBKERAS_SHOTS"):
            page.screenshot(path=f"{folder}/{request.node.name}.png")
        page.close()
