"""The dashboard in a real browser: what is seen, what a hand can do, what stays."""

import re

import pytest
from widget_cases import dashboard

from nbkeras.notebook.dashboard.run_state import RunState
from nbkeras.notebook.dashboard.widget import Dashboard
from nbkeras.train import events

pytestmark = pytest.mark.browser


def face(view, name="loss"):
    return view.page.get_by_role("slider", name=f"{name}, curve over training")


def drag(view, start, end, name="loss"):
    box = face(view, name).bounding_box()
    at = [
        (box["x"] + box["width"] * part, box["y"] + box["height"] / 2)
        for part in (start, end)
    ]
    view.page.mouse.move(*at[0])
    view.page.mouse.down()
    view.page.mouse.move(*at[1], steps=4)
    view.page.mouse.up()


def test_status_progress_and_values_are_said_in_words(view_of):
    # One event begins the run and one an epoch, three end it: 1 + 24 + 1 + 12.
    view = view_of(dashboard(upto=38, epochs=4, steps=20))
    assert "Training" in view.text(".nbk-line")
    assert "epoch 2 of 4 · step 12 of 20" in view.text(".nbk-line")
    bar = view.page.get_by_role("progressbar", name="Progress")
    assert bar.get_attribute("aria-valuenow") == "40"
    assert [
        k.inner_text().split()[0] for k in view.page.locator(".nbk-panel-head h4").all()
    ] == ["loss", "accuracy"]


def test_every_button_sends_its_request(view_of):
    view = view_of(dashboard(upto=40))
    for name in ("Pause", "Step", "Stop", "Validate now"):
        view.press(name)
    assert [m["do"] for m in view.sent] == ["pause", "step", "stop", "validate"]
    view.publish(status="paused", progress=view.widget.progress | {"held": True})
    view.press("Resume")
    assert view.sent[-1] == {"do": "resume"}
    assert view.page.get_by_role("button", name="Pause", exact=True).count() == 0


def test_every_control_works_by_keyboard(view_of):
    view = view_of(dashboard(upto=40))
    view.page.get_by_role("button", name="Stop", exact=True).focus()
    view.page.keyboard.press("Enter")
    view.page.keyboard.press("Shift+Tab")
    view.page.keyboard.press("Space")
    assert [m["do"] for m in view.sent] == ["stop", "step"]


def test_the_learning_rate_slider_sends_the_rate_once_the_hand_lets_go(view_of):
    view = view_of(dashboard(upto=40))
    slider = view.page.get_by_role("slider", name="Learning rate")
    assert slider.get_attribute("aria-valuetext") == "0.001"
    slider.focus()
    for _ in range(20):
        view.page.keyboard.press("ArrowRight")
    assert view.sent[-1] == {"do": "rate", "value": 0.01}
    box = slider.bounding_box()
    before = len(view.sent)
    view.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    view.page.mouse.down()
    view.page.mouse.move(box["x"] + 2, box["y"] + box["height"] / 2, steps=8)
    assert len(view.sent) == before
    # What the run reports meanwhile does not pull the thumb away.
    view.publish(progress=view.widget.progress | {"rate": 0.01})
    view.page.mouse.up()
    assert len(view.sent) == before + 1
    assert view.sent[-1]["value"] < 2e-5


def test_each_loss_has_a_slider_whose_lowest_place_is_zero(view_of):
    view = view_of(dashboard(upto=40))
    group = view.page.get_by_role("group", name="Loss weights")
    assert group.is_hidden()
    weights = [["digit", 1.0, 1.0], ["slant", 0.5, 0.5]]
    view.publish(progress=view.widget.progress | {"loss_weights": weights})
    slider = group.get_by_role("slider", name="slant")
    assert slider.get_attribute("aria-valuetext") == "0.5"
    slider.focus()
    view.page.keyboard.press("ArrowRight")
    assert view.sent[-1] == {"do": "loss_weight", "output": "slant", "value": 0.561}
    view.page.keyboard.press("Home")
    assert view.sent[-1] == {"do": "loss_weight", "output": "slant", "value": 0}
    view.page.keyboard.press("ArrowRight")  # four powers of ten below the first value
    assert view.sent[-1] == {"do": "loss_weight", "output": "slant", "value": 5e-5}
    why = "GradNorm learns the weights of the losses."
    view.publish(can={"loss_weight": why})
    assert slider.is_disabled()
    assert slider.get_attribute("title") == why


def test_a_private_run_shows_epsilon_and_its_three_causes(view_of):
    view = view_of(dashboard(upto=40))
    panel = view.page.get_by_role("region", name="Privacy")
    assert panel.is_hidden()
    privacy = {"parts": [[0.1, 1.1, 0]], "delta": 1e-4}
    state = RunState()
    state(events.FitStarted(epochs=2, steps=20, privacy=privacy))
    state(events.StepEnded(2.0, 0, 7, 7))
    shown = state.progress()["privacy"]
    view.publish(progress=view.widget.progress | {"privacy": shown})
    assert f"ε {shown['epsilon']} so far, δ 0.0001" in panel.inner_text()
    cells = [
        row.locator("th, td").all_text_contents()
        for row in panel.locator("tbody tr").all()
    ]
    end = shown["end"]
    assert cells == [
        ["noise", "1.1", end["noise"][0], end["epsilon"], end["noise"][1]],
        ["sampling rate", "0.1", end["rate"][0], end["epsilon"], end["rate"][1]],
        ["steps", "8 / 40", end["steps_by"][0], end["epsilon"], end["steps_by"][1]],
    ]


def test_a_metric_that_is_not_validated_has_no_legend_of_validation(view_of):
    state = RunState()
    state(events.FitStarted(epochs=2, steps=3, validation=True))
    logs = {"loss": 0.5, "epsilon": 0.25}
    for step in range(3):
        state(events.StepEnded(0.1 * step, 0, step, step, 8, {"loss": 0.5}))
    state(events.EpochEnded(1.0, 0, 3, logs | {"val_loss": 0.6}, 3))
    page = view_of(Dashboard(**state.traits() | {"reached": True})).page
    legends = {
        name: page.locator(f"section[aria-label='{name}'] .nbk-legend .nbk-key")
        for name in ("loss", "epsilon")
    }
    assert legends["loss"].filter(visible=True).count() == 2
    assert legends["epsilon"].filter(visible=True).all_text_contents() == [
        "train0.2500"
    ]
    spoken = page.locator("section[aria-label='epsilon'] [role=slider]")
    assert "validation" not in (spoken.get_attribute("aria-valuetext") or "")


def test_a_recording_with_few_steps_shows_the_values_of_its_last_epoch(view_of):
    state = RunState()
    state(events.FitStarted(epochs=2, steps=3, validation=True))
    state(events.StepEnded(0.1, 0, 0, 0, 8, {"loss": 2.5}))
    state(events.EpochEnded(1.0, 0, 3, {"loss": 0.5, "val_loss": 0.625}, 3))
    state(events.EpochEnded(2.0, 1, 6, {"loss": 0.25, "val_loss": 0.375}, 3))
    view = view_of(Dashboard(**state.traits() | {"reached": True}))
    values = view.page.locator("section[aria-label='loss'] .nbk-key b")
    assert values.all_text_contents() == ["0.2500", "0.3750"]
    view.page.locator("section[aria-label='loss'] [role=slider]").focus()
    view.page.keyboard.press("ArrowLeft")
    assert values.all_text_contents() == ["0.5000", "0.6250"]


def test_the_speed_is_chosen_by_keyboard_and_shows_what_the_run_says(view_of):
    view = view_of(dashboard(upto=40))
    speed = view.page.get_by_role("combobox", name="Speed", exact=True)
    assert speed.locator("option").all_text_contents() == [
        "Full speed",
        "10 steps a second",
        "3 steps a second",
        "1 step a second",
    ]
    speed.focus()
    view.page.keyboard.press("ArrowDown")
    assert view.sent == [{"do": "speed", "value": 10}]
    # Nothing that comes before the run took it up turns the choice back.
    view.publish(progress=view.widget.progress | {"step": 30})
    assert speed.input_value() == "10"
    view.publish(progress=view.widget.progress | {"speed": 10.0})
    view.page.keyboard.press("Home")
    assert view.sent[-1] == {"do": "speed", "value": None}
    # As `run.speed = 2.5` in another cell.
    view.publish(progress=view.widget.progress | {"speed": 2.5})
    assert speed.locator("option:checked").inner_text() == "2.5 steps a second"
    view.publish(status="completed")
    assert not speed.is_visible()


def test_a_button_that_this_run_cannot_serve_says_why(view_of):
    why = "There is no validation data to validate on."
    view = view_of(
        dashboard(
            upto=40,
            validation=False,
            traits={"can": {"validate": why, "rate": "A schedule."}},
        )
    )
    button = view.page.get_by_role("button", name="Validate now")
    assert button.is_disabled()
    assert button.get_attribute("title") == why
    assert view.page.get_by_role("slider", name="Learning rate").is_disabled()


def test_where_no_greeting_is_answered_a_sentence_takes_the_buttons_place(view_of):
    page = view_of.page
    page.clock.install()
    view = view_of(dashboard(upto=40, traits={"reached": False}))
    assert view.sent == [{"do": "hello"}]
    assert page.get_by_role("button", name="Stop").is_visible()
    page.clock.run_for(8_000)
    view.wait_text(".nbk-message", "interrupt the kernel")
    assert not page.get_by_role("button", name="Stop").is_visible()
    assert {m["do"] for m in view.sent} == {"hello"}
    view.publish(reached=True)
    assert page.get_by_role("button", name="Stop").is_visible()
    assert not page.locator(".nbk-message").is_visible()


def test_a_run_that_is_over_has_no_buttons_and_sends_nothing(view_of):
    view = view_of(dashboard(traits={"reached": False}))
    assert view.text(".nbk-status") == "Done"
    assert not view.page.get_by_role("button", name="Stop").is_visible()
    assert view.page.get_by_role("slider", name="Learning rate").is_disabled()
    assert view.sent == []


def test_the_pointer_reads_values_in_every_chart_at_once(view_of):
    view = view_of(dashboard(epochs=4, steps=25))
    values = view.page.locator(".nbk-key b")
    latest = values.all_text_contents()
    box = face(view).bounding_box()
    # The axis starts 46 px from the left and ends 12 px from the right.
    view.page.mouse.move(box["x"] + 46 + (box["width"] - 58) * 0.25, box["y"] + 60)
    view.wait_text(".nbk-flag", "epoch 1, step 25")
    read = values.all_text_contents()
    assert all(a != b for a, b in zip(latest, read, strict=True))
    shown = view.widget
    assert (
        face(view)
        .get_attribute("aria-valuetext")
        .startswith("epoch 1, step 25: train ")
    )
    view.page.mouse.move(5, 5)
    view.page.wait_for_function(
        "(t) => [...document.querySelectorAll('.nbk-key b')].map((b) => b.textContent).join() === t",
        arg=",".join(latest),
    )
    assert shown.status == "completed"


def test_arrow_keys_read_values_and_keys_zoom(view_of):
    view = view_of(dashboard(epochs=4, steps=25))
    chart = face(view)
    chart.focus()
    view.page.keyboard.press("Home")
    view.wait_text(".nbk-flag", "epoch 1, step 1")
    view.page.keyboard.press("ArrowRight")
    view.wait_text(".nbk-flag", "epoch 1, step 2")
    view.page.keyboard.press("+")
    low, high = view._host("host.get('view').zoom")
    assert high - low <= 50
    view.page.keyboard.press("Escape")
    view.page.wait_for_function("() => mounts[0].host.get('view').zoom === null")


def test_dragging_zooms_every_chart_and_reset_undoes_it(view_of):
    view = view_of(dashboard(epochs=4, steps=25))
    reset = view.page.get_by_role("button", name="Reset zoom")
    assert reset.is_disabled()
    drag(view, 0.4, 0.7)
    low, high = view._host("host.get('view').zoom")
    assert 25 < low < 45
    assert 60 < high < 75
    labels = [
        view.page.locator(".nbk-face")
        .nth(i)
        .locator(".nbk-grid > text")
        .all_text_contents()
        for i in (0, 1)
    ]
    assert labels[0] == labels[1]
    assert "0" not in labels[0]
    reset.click()
    assert view._host("host.get('view').zoom") is None


def test_a_logarithmic_scale_has_powers_of_ten(view_of):
    view = view_of(dashboard(epochs=10, steps=25, names=("loss",), validation=False))
    view.press("Log")
    assert (
        view.page.get_by_role("button", name="Log").get_attribute("aria-pressed")
        == "true"
    )
    ticks = view.page.locator(".nbk-grid g text").all_text_contents()
    assert "0.1" in ticks
    assert "1" in ticks
    view.press("Linear")
    assert "0" in view.page.locator(".nbk-grid g text").all_text_contents()


def test_smoothing_draws_a_second_line_and_steps_relabel_the_axis(view_of):
    view = view_of(dashboard(epochs=4, steps=25))
    assert view.page.locator("path.nbk-soft").first.get_attribute("d") == ""
    slider = view.page.get_by_role("slider", name="Smoothing")
    slider.fill("0.9")
    assert len(view.page.locator("path.nbk-soft").first.get_attribute("d")) > 100
    view.press("Steps")
    assert (
        "100"
        in view.page.locator(".nbk-face")
        .first.locator(".nbk-grid > text")
        .all_text_contents()
    )


def test_view_settings_reach_python_and_another_view(view_of):
    one = view_of(dashboard(epochs=4, steps=25))
    one.press("Log")
    one.press("Epoch table")
    one.page.wait_for_function(
        "() => mounts[0].host.saved.some((state) => state.view?.table)"
    )
    one.deliver()
    assert one.widget.view == {
        "log": True,
        "smooth": 0,
        "zoom": None,
        "steps": False,
        "table": True,
        "code": False,
        "travel": False,
        "confusion": False,
        "inside": False,
        "layers": False,
    }
    # A page that is loaded again gets the same from the kernel.
    again = view_of(one.widget)
    assert (
        again.page.get_by_role("button", name="Log")
        .nth(1)
        .get_attribute("aria-pressed")
        == "true"
    )
    assert again.page.locator(".nbk-table").count() == 2


def test_the_table_has_a_row_an_epoch_and_marks_the_best(view_of):
    view = view_of(dashboard(epochs=4, steps=25, view={"table": True}))
    rows = [
        row.inner_text().split("\t") for row in view.page.locator(".nbk-table tr").all()
    ]
    assert rows[0] == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy"]
    assert [re.match(r"\d+", row[0])[0] for row in rows[1:]] == ["4", "3", "2", "1"]
    best = min(rows[1:], key=lambda row: float(row[3].replace("−", "-")))
    assert [row[0] for row in rows[1:] if "★" in row[0]] == [best[0]]


def test_nan_is_said_and_breaks_the_line(view_of):
    view = view_of(dashboard(epochs=4, steps=25, nan_from=30))
    assert "loss is NaN since epoch 2" in view.text(".nbk-message")
    assert view.page.locator(".nbk-key b").first.inner_text() == "NaN"
    assert "NaN" not in view.page.locator(".nbk-charts").inner_html().replace(
        ">NaN<", ""
    ).replace("train NaN", "").replace(">loss NaN<", "")


def test_an_error_and_long_names_are_text_not_markup(view_of):
    name = "<img src=x onerror=alert(1)>"
    view = view_of(dashboard(names=("loss", name), traits={"status": "failed"}))
    view.publish(progress=view.widget.progress | {"error": f"ValueError: {name}"})
    assert view.page.locator(".nbk-dashboard img").count() == 0
    assert name in view.text(".nbk-message")
    assert view.page.locator("h4").nth(1).inner_text() == name


def test_a_screen_reader_hears_epochs_and_not_every_step(view_of):
    view = view_of(dashboard(upto=10, epochs=4, steps=25))
    heard = view.page.locator(".nbk-aloud[role=status]")
    first = heard.text_content()
    assert first.startswith("Training. epoch 1 of 4")
    view.publish(
        progress=view.widget.progress | {"step": 20, "batch": 20, "newest": "loss 1"}
    )
    assert heard.text_content() == first
    view.publish(
        progress=view.widget.progress | {"epochs_ended": 1, "newest": "loss 0.5"}
    )
    assert heard.text_content().endswith("loss 0.5")
    # Epochs that are shorter than a sentence are not all said; the end of the run is.
    for epoch in (2, 3):
        progress = {"epochs_ended": epoch, "newest": f"loss 0.{epoch}"}
        view.publish(progress=view.widget.progress | progress)
    assert heard.text_content().endswith("loss 0.5")
    view.publish(status="completed")
    assert heard.text_content().startswith("Done.")
    assert heard.text_content().endswith("loss 0.3")


@pytest.mark.page(reduced_motion="reduce")
def test_nothing_moves_where_motion_is_not_wanted(view_of):
    view = view_of(dashboard(upto=1, traits={"status": "running"}))
    moving = """() => [...document.querySelectorAll(".nbk *")].filter((e) => {
      const s = getComputedStyle(e); return s.animationName !== "none" || parseFloat(s.transitionDuration) > 0; }).length"""
    assert view.page.evaluate(moving) == 0


OVERFLOW = """() => [...document.querySelectorAll(".nbk *")].filter((e) => {
  const s = getComputedStyle(e), r = e.getBoundingClientRect(), box = document.querySelector(".nbk").getBoundingClientRect();
  if (!r.width || e.closest(".nbk-table-box, .nbk-aloud, .nbk-code pre") || e.closest("svg svg")) return false;
  return r.right > box.right + 1 || r.left < box.left - 1;
}).map((e) => e.outerHTML.slice(0, 90))"""
LONG = (
    "loss",
    "sparse_top_k_categorical_accuracy_of_the_minority_class",
    *(f"metric_{i}" for i in range(8)),
)


@pytest.mark.parametrize(
    "width",
    [pytest.param(w, marks=pytest.mark.page(width=w)) for w in (500, 800, 1600)],
)
def test_nothing_sticks_out_from_500_to_1600_pixels(view_of, width):
    view = view_of(
        dashboard(
            epochs=5,
            steps=20,
            names=LONG,
            view={"table": True, "code": True},
            traits={"code": "x = 1  # " + "long " * 60},
        )
    )
    assert view.page.evaluate(OVERFLOW) == []
    assert view.page.evaluate("() => document.documentElement.scrollWidth") <= width


@pytest.mark.page(width=620)
def test_buttons_that_open_panels_stay_together_on_the_right(view_of):
    view = view_of(dashboard(epochs=2, traits={"code": "x = 1"}))
    boxes = [
        b.bounding_box() for b in view.page.locator(".nbk-opens button:visible").all()
    ]
    assert len(boxes) >= 2
    assert len({box["y"] for box in boxes}) == 1
    bar = view.page.locator(".nbk-tools").bounding_box()
    assert boxes[-1]["x"] + boxes[-1]["width"] == pytest.approx(
        bar["x"] + bar["width"], abs=2
    )


@pytest.mark.page(width=500)
def test_the_number_of_the_epoch_stays_in_sight_in_a_wide_table(view_of):
    view = view_of(dashboard(epochs=5, steps=20, names=LONG, view={"table": True}))
    box = view.page.locator(".nbk-table-box")
    box.evaluate("(e) => { e.scrollLeft = 400; }")
    assert box.evaluate("(e) => e.scrollLeft") == 400
    left = box.bounding_box()["x"]
    for cell in ("thead th", "tbody th"):
        first = view.page.locator(f".nbk-table {cell}").first
        assert first.bounding_box()["x"] == pytest.approx(left, abs=2)
    # A name of 55 letters takes lines, not the width of four columns.
    assert view.page.locator(".nbk-table thead th").nth(2).bounding_box()["width"] < 190


def test_more_than_four_charts_are_lower(view_of):
    few = view_of(dashboard(names=LONG[:4], traits={"height": 200}))
    assert face(few, "loss").bounding_box()["height"] == 200
    few.publish(metrics=list(LONG))
    assert face(few, "loss").bounding_box()["height"] == 124


def test_updates_do_not_move_the_layout(view_of):
    view = view_of(dashboard(upto=5, epochs=40, steps=120))
    tops = "() => [...document.querySelectorAll('.nbk-bar, .nbk-charts, .nbk-face, .nbk-tools')].map((e) => e.getBoundingClientRect().top)"
    before = view.page.evaluate(tops)
    later = dashboard(upto=3000, epochs=40, steps=120)
    view.publish(
        **{
            name: getattr(later, name)
            for name in (
                "progress",
                "step_table",
                "epoch_table",
                "epoch_columns",
                "step_columns",
            )
        }
    )
    assert view.page.evaluate(tops) == before


def test_chinese_labels(view_of, monkeypatch):
    import nbkeras

    try:
        nbkeras.set_language("zh")
        view = view_of(dashboard(upto=40))
    finally:
        nbkeras.set_language("en")
    assert view.text(".nbk-status") == "训练中"
    assert view.page.locator(".nbk").get_attribute("lang") == "zh"
    view.press("停止")
    assert view.sent[-1] == {"do": "stop"}


def test_the_moves_can_be_copied(view_of):
    code = "steering = Steering(learning_rate={3: 0.01})"
    view = view_of(dashboard(traits={"code": code}))
    view.press("Your changes as code")
    assert view.text(".nbk-code code") == code
    view.press("Copy")
    view.page.wait_for_function(
        "(t) => getSelection().toString() === t || document.querySelector('.nbk-code button').textContent === 'Copied'",
        arg=code,
    )


def test_a_loss_that_is_no_number_is_called_diverged_in_red_where_it_began(view_of):
    view = view_of(dashboard(epochs=3, steps=20, nan_from=25, cut=45, status="stopped"))
    assert view.text(".nbk-status") == "Diverged"
    assert colour(view, ".nbk-status") == colour(view, ".nbk-message")
    assert colour(view, ".nbk-status") != colour(view, ".nbk-name")
    marks = view.page.locator(".nbk-mark.nbk-lost")
    assert marks.locator("text").all_text_contents() == ["loss NaN", "loss NaN"]
    x = float(
        marks.first.locator("path").get_attribute("d").split("V")[0][1:].split()[0]
    )
    # The chart ends at step 45; the 26th was the first without a number.
    left, right = 46, face(view).bounding_box()["width"] - 12
    assert x == pytest.approx(left + (right - left) * 26 / 45, abs=1)


def colour(view, part):
    return view.page.locator(part).first.evaluate("(e) => getComputedStyle(e).color")


def test_rates_set_by_hand_stand_at_their_lines(view_of):
    moves = [[4, "learning_rate", 0.01], [5, "learning_rate", 0.0316]]
    view = view_of(dashboard(epochs=3, steps=20, traits={"moves": moves}))
    labels = view.page.locator(".nbk-panel").first.locator(".nbk-mark text")
    assert labels.all_text_contents() == ["rate 0.01", "rate 0.0316"]
    first, second = (label.bounding_box() for label in labels.all())
    assert first["y"] != second["y"]  # side by side they would lie on each other


def test_the_advice_is_one_line_that_a_screen_reader_hears_too(view_of):
    advice = "Validation loss has risen since epoch 3."
    view = view_of(dashboard(upto=40))
    assert not view.page.locator(".nbk-message").is_visible()
    progress = view.widget.progress | {"advice": advice, "epochs_ended": 2}
    view.publish(progress=progress)
    assert view.text(".nbk-message") == advice
    assert view.page.locator(".nbk-aloud[role=status]").text_content().endswith(advice)
    view.publish(status="stopped")
    assert view.text(".nbk-message").startswith(advice)
    assert "call fit again to continue from there" in view.text(".nbk-message")


def test_a_validation_within_an_epoch_is_named_by_its_step_once_the_run_went_on(
    view_of,
):
    state = RunState()
    for event in (
        events.FitStarted(epochs=2, steps=10, metrics=("loss",), validation=True),
        events.StepEnded(0.1, 0, 3, 3, 1, {"loss": 1.0}),
        events.Steered(0.2, 0, 4, 4, "pause"),
        events.Steered(0.2, 0, 4, 4, "validate"),
        events.EvaluateStarted(0.2, 2, 4),
        events.EvaluateEnded(0.3, {"loss": 0.7}, 4, 2),
    ):
        state(event)
    widget = Dashboard(**state.traits(), reached=True)
    widget.view = {"table": True}
    view = view_of(widget)
    rows = view.page.locator(".nbk-table tbody th")
    assert rows.all_text_contents() == ["now ★best"]
    state(events.Steered(0.4, 0, 4, 4, "resume"))
    state(events.StepEnded(0.5, 0, 4, 4, 1, {"loss": 0.9}))
    view.publish(**state.traits())
    assert rows.all_text_contents() == ["1, step 4 ★best"]


def test_when_a_run_is_stopped_by_keys_the_focus_stays_in_the_dashboard(view_of):
    view = view_of(dashboard(upto=40))
    view.page.get_by_role("button", name="Stop", exact=True).press("Enter")
    view.publish(status="stopped")
    assert view.page.get_by_role("button", name="Stop", exact=True).is_hidden()
    where = "() => document.activeElement.closest('.nbk-tools') !== null"
    assert view.page.evaluate(where)
