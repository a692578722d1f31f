"""A picture from the camera, which Chromium's fake device stands for."""

import pytest
from harness import FLAGS, Stage, chromium
from widget_cases import inside_view

pytestmark = pytest.mark.browser

PLACE = "http://localhost/"  # cameras are for secure contexts, such as this one
FAKE = ["--use-fake-device-for-media-stream"]
GRANTED = ["--use-fake-ui-for-media-stream"]


@pytest.fixture
def stage_with(wire, playwright):
    """stage_with(flags) -> Stage on a page that may have a camera."""
    stages, browsers = [], []

    def open_stage(flags):
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=[*FLAGS, *flags]
        )
        browsers.append(browser)
        page = browser.new_page(viewport={"width": 900, "height": 800})
        page.route(PLACE, lambda route: route.fulfill(body="<!doctype html>"))
        page.goto(PLACE)
        stages.append(Stage(page))
        return stages[-1]

    yield open_stage
    for stage in stages:
        stage.finish()
    for browser in browsers:
        browser.close()


def test_a_picture_of_the_camera_is_what_the_network_sees(stage_with):
    view = stage_with([*FAKE, *GRANTED])(inside_view())
    view.press("Camera")
    video = view.page.locator(".nbk-video")
    video.wait_for()
    view.page.wait_for_function(
        "() => document.querySelector('.nbk-video').videoWidth > 0"
    )
    view.page.get_by_role("button", name="Take the picture").press("Enter")
    view.page.wait_for_function("() => mounts[0].host.get('at') === -1")
    view.settle()
    seen = view.widget.activations.picture
    # The fake device shows a green picture with a clock: neither black nor white.
    assert seen.shape == (28, 28, 1)
    assert 0.1 < seen.mean() < 0.9
    assert view.text(".nbk-label") == "your picture"
    # The camera is released.
    assert video.is_hidden()
    stream = "() => document.querySelector('.nbk-video').srcObject"
    assert view.page.evaluate(stream) is None
    focused = "() => document.activeElement.textContent"
    assert view.page.evaluate(focused) == "Camera"


def test_a_camera_that_is_not_allowed_is_explained(stage_with):
    view = stage_with([*FAKE, "--deny-permission-prompts"])(inside_view())
    view.press("Camera")
    view.wait_text(".nbk-from", "The camera cannot be used")
    assert view.page.locator(".nbk-video").is_hidden()
    assert view.page.get_by_role("button", name="Upload").is_visible()
