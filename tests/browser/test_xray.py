"""xray in a real browser: findings in words, a row for each layer, names for all."""

import pytest
from widget_cases import dashboard, xray

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def step():
    return xray()


def test_findings_come_first_in_words(step, view_of):
    view = view_of(step)
    found = view.page.locator(".nbk-findings li").all_inner_texts()
    assert found == step.advice
    assert "they are not scaled" in found[0]


def test_every_layer_has_a_row_with_its_numbers(step, view_of):
    view = view_of(step)
    rows = view.page.locator(".nbk-layers tbody tr")
    assert rows.count() == len(step.layers)
    first = rows.first.inner_text()
    assert step.layers[0].name in first
    assert "Conv2D · relu" in first
    ratio = step.layers[0].weights.ratio
    assert f"{ratio:.2g}" in first
    assert "dead" in view.page.locator("tr", has_text="Dense · relu").inner_text()
    assert "frozen" in view.page.locator("tr", has_text="Dense · tanh").inner_text()


def test_histograms_have_names_for_a_screen_reader(step, view_of):
    view = view_of(step)
    name = view.page.locator(".nbk-histogram").first.get_attribute("aria-label")
    assert name.startswith("activations from 0 to ")
    region = view.page.get_by_role("region", name="Layers of the step")
    region.focus()
    assert region.evaluate("(e) => document.activeElement === e")


@pytest.mark.page(width=390)
def test_nothing_is_cut_off_in_a_narrow_page(step, view_of):
    view = view_of(step)
    wide = view.page.evaluate(
        "() => document.querySelector('.nbk').scrollWidth - document.querySelector('.nbk').clientWidth"
    )
    assert wide <= 0


def test_the_dashboard_shows_the_layers_of_a_step(step, view_of):
    view = view_of(dashboard(traits={"layers": {"can": True, "message": "Preparing."}}))
    view.press("Layers")
    view.page.wait_for_function(
        "() => mounts[0].host.saved.some((state) => state.view?.layers)"
    )
    assert view.text(".nbk-layer-note") == "Preparing."
    view.publish(layers=step.look | {"can": True, "message": "At step 3."})
    assert view.page.locator(".nbk-layers tbody tr").count() == len(step.layers)
    view.press("Layers")
    assert view.page.locator(".nbk-layer-panel").is_hidden()


def test_the_dashboard_shows_how_the_gradients_of_several_losses_agree(step, view_of):
    view = view_of(dashboard(traits={"layers": {"can": True, "message": "Preparing."}}))
    view.press("Layers")
    tasks = {
        "title": "Gradients of 2 losses",
        "agree": False,
        "sentences": ["<b>up</b> and down pull in opposing directions."],
        "heads": ["output", "loss", "cosine with <b>up</b>", "cosine with down"],
        "rows": [["<b>up</b>", "0.5", "1.00", "−0.43"], ["down", "2", "−0.43", "1.00"]],
    }
    look = step.look | {"can": True, "message": "At step 3."}
    view.publish(layers=look | {"tasks": tasks})
    table = view.page.get_by_role("region", name="Gradients of 2 losses")
    assert table.get_by_role("row").all_inner_texts() == [
        "output\tloss\tcosine with <b>up</b>\tcosine with down",
        "<b>up</b>\t0.5\t1.00\t−0.43",
        "down\t2\t−0.43\t1.00",
    ]
    assert "pull in opposing" in view.text(".nbk-tasks .nbk-findings")
    view.publish(layers=look)
    assert view.page.locator(".nbk-tasks").is_hidden()


def test_a_replayed_run_has_no_button_for_layers(view_of):
    view = view_of(dashboard())
    assert view.page.get_by_role("button", name="Layers").count() == 0
