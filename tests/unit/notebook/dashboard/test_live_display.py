"""Events to widget: how many messages, how many bytes, what a click does."""

import json
import signal
import threading

import numpy as np
import pytest
from runs import run
from shells import new_shell

import nbkeras
from nbkeras.notebook.dashboard import live_display
from nbkeras.notebook.dashboard.live_display import LiveDashboard
from nbkeras.train import events, sinks
from nbkeras.train.control import Control
from nbkeras.train.interrupts import interrupt_policy


@pytest.fixture
def shown(monkeypatch):
    """What would be displayed: (bundle or object, its display id) in order."""
    found = []

    def display(*objects, display_id=None, **options):
        handle = type("Handle", (), {"update": lambda self, html: found.append(html)})()
        found.extend(objects)
        return handle

    monkeypatch.setattr("nbkeras.notebook.widget.base.display", display)
    return found


class Clock:
    """Goes with the events."""

    now = 0.0

    def __call__(self):
        return self.now


def feed(sink, stream, clock):
    for event in stream:
        clock.now = event.seconds
        sink(event)
    sink.close()


def test_a_long_run_sends_at_most_eight_updates_a_second(wire, shown):
    clock = Clock()
    sink = LiveDashboard(Control(), clock=clock)
    feed(sink, run(epochs=50, steps=40, dt=0.005), clock)
    seconds = sink.state.seconds
    updates = [m for m in wire if m["type"] == "comm_msg"]
    assert 2 < len(updates) <= 8 * seconds + 2
    assert seconds > 9
    assert sink.view.widget.status == "completed"
    assert sink.view.widget.progress["step"] == 2000


@pytest.mark.parametrize("count", [2, 10])
def test_what_is_stored_stays_below_thirty_kilobytes(count, wire, shown):
    clock = Clock()
    sink = LiveDashboard(Control(), clock=clock)
    names = ("loss", *(f"a_metric_with_a_long_name_{i}" for i in range(count - 1)))
    feed(sink, run(epochs=120, steps=30, names=names), clock)
    # As a notebook keeps it that saves the state of its widgets, the picture included.
    stored = len(json.dumps(sink.view.widget._get_embed_state())) + len(
        sink.view.widget.static_html()
    )
    assert stored <= 30 * 1024


def test_the_picture_and_its_words_follow_the_widget(wire, shown):
    clock = Clock()
    feed(LiveDashboard(Control(), clock=clock), run(epochs=3, steps=5), clock)
    bundle, first, last = shown
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "Not begun." in first.data
    assert "Getting ready" not in first.data
    assert "Done: 3 of 3 epochs" in last.data
    assert "data:image/svg+xml;base64," in last.data


def test_a_click_becomes_a_request_and_is_seen_at_once(wire, shown):
    control, clock = Control({"validate": "There is no validation data."}), Clock()
    sink = LiveDashboard(control, clock=clock)
    feed_some = list(run(epochs=2, steps=5))
    for event in feed_some[:4]:
        sink(event)
    widget = sink.view.widget
    assert widget.can == {"validate": "There is no validation data."}

    def click(**content):
        widget._handle_custom_msg(content, [])

    click(do="pause")
    assert widget.asked == "pause"
    assert control.next_move().name == "pause"
    sink(events.Steered(0.1, 0, 2, 2, "pause"))
    assert (widget.status, widget.asked) == ("paused", "")
    click(do="rate", value=0.01)
    assert control.next_move() == ("learning_rate", 0.01)
    click(do="speed", value=3)
    assert control.next_move() == ("speed", 3.0)
    click(do="speed", value=None)
    assert control.next_move() == ("speed", None)
    for nonsense in (
        {"do": "rate", "value": "much"},
        {"do": "speed", "value": 0},
        {"do": "validate"},
        {"do": "format disk"},
        {},
    ):
        click(**nonsense)
    assert not control._moves
    assert not widget.reached
    click(do="hello")
    assert widget.reached
    click(do="stop")
    assert control.status == "stopped"


def test_the_weight_of_a_loss_is_asked_for_by_its_output(wire, shown):
    control = Control()
    control.losses = ("digit", "slant")
    sink = LiveDashboard(control, clock=lambda: 0.0)
    weights = {"digit": 1.0, "slant": 0.5}
    sink(events.FitStarted(0.0, epochs=2, steps=5, loss_weights=weights))
    widget = sink.view.widget
    assert widget.progress["loss_weights"] == [["digit", 1.0, 1.0], ["slant", 0.5, 0.5]]
    for content in (
        {"do": "loss_weight", "output": "slant", "value": 2},
        {"do": "loss_weight", "output": "slope", "value": 2},
        {"do": "loss_weight", "output": "digit", "value": -1},
    ):
        widget._handle_custom_msg(content, [])
    assert control.next_move() == ("loss_weight", ("slant", 2.0))
    assert control.next_move() is None
    sink(events.Steered(0.1, 0, 0, 3, "loss_weight", 2.0, "slant"))
    assert widget.progress["loss_weights"][1] == ["slant", 2.0, 0.5]
    assert widget.moves == [[3, "loss_weight", 2.0, "slant"]]
    assert "loss_weights={3: {'slant': 2.0}}" in widget.code


def test_learned_loss_weights_are_followed_and_cannot_be_moved(wire, shown):
    why = "GradNorm learns them."
    sink = LiveDashboard(Control({"loss_weight": why}), clock=lambda: 0.0)
    start = {"digit": 1.0, "slant": 1.0}
    sink(events.FitStarted(0.0, epochs=1, steps=5, loss_weights=start))
    logs = {"loss": 1.0, "digit_loss_weight": 1.2, "slant_loss_weight": 0.8}
    sink(events.StepEnded(0.1, 0, 0, 0, 8, logs))
    sink(events.Steered(0.2, 0, 0, 1, "pause"))
    widget = sink.view.widget
    assert widget.can == {"loss_weight": why}
    assert [weight for _, weight, _ in widget.progress["loss_weights"]] == [1.2, 0.8]


def test_a_run_with_one_loss_has_no_loss_weights(wire, shown):
    sink = LiveDashboard(Control({"loss_weight": "one"}), clock=lambda: 0.0)
    sink(events.FitStarted(0.0, epochs=1, steps=5))
    assert sink.view.widget.can == {}
    assert sink.view.widget.progress["loss_weights"] == []


def test_a_paused_run_shows_its_exact_state(wire, shown):
    # The clock stands still: nothing but the pause itself makes the update due.
    sink = LiveDashboard(Control(), clock=lambda: 0.0)

    def newest():
        return (
            np.frombuffer(sink.view.widget.step_table, "<f4")
            .reshape(2, -1)[:, -1]
            .tolist()
        )

    sink(events.FitStarted(0.0, epochs=1, steps=10, metrics=("loss",)))
    for i in range(4):
        sink(events.StepEnded(0.01 * i, 0, i, i, 1, {"loss": 4.0 - i}))
    assert sink.view.widget.step_table == b""
    sink(events.Steered(0.05, 0, 4, 4, "pause"))
    assert newest() == [4, 1.0]
    for i in range(4, 6):
        sink(events.Steered(0.1, 0, i, i, "step"))
        sink(events.StepEnded(0.1, 0, i, i, 1, {"loss": 10.0 + i}))
        assert newest() == [i + 1, 10.0 + i]
    sink(events.Steered(0.2, 0, 6, 6, "resume"))
    sink(events.StepEnded(0.2, 0, 6, 6, 1, {"loss": 0.0}))
    assert newest() == [6, 15.0]


def test_a_validation_asked_for_in_a_pause_is_shown_without_another_step(wire, shown):
    # The clock stands still: only the run's standing still makes an update due.
    sink = LiveDashboard(Control(), clock=lambda: 0.0)
    sink(events.FitStarted(0.0, epochs=1, steps=10, metrics=("loss",), validation=True))
    sink(events.StepEnded(0.0, 0, 0, 0, 1, {"loss": 4.0}))
    sink(events.Steered(0.1, 0, 1, 1, "pause"))
    widget = sink.view.widget
    sink(events.Steered(0.2, 0, 1, 1, "validate"))
    sink(events.EvaluateStarted(0.2, 1000, 1))
    assert (widget.status, widget.progress["held"]) == ("validating", True)
    sent = len(wire)
    for batch in range(1000):
        sink(events.EvaluateStepEnded(0.3, batch, {"loss": 3.0}))
    assert len(wire) == sent
    sink(events.EvaluateEnded(0.4, {"loss": 3.0}, 1, 1000))
    assert (widget.status, widget.progress["held"]) == ("paused", True)
    assert widget.epoch_columns == ["val_loss"]
    assert np.frombuffer(widget.epoch_table, "<f4").tolist() == [1.0, 3.0]


class Scalar:
    """A number on the device that counts how often it is read."""

    reads = 0

    def __init__(self, value):
        self.value = value

    def __array__(self, dtype=None, copy=None):
        Scalar.reads += 1
        return np.array(self.value, np.float32)


def test_the_device_is_read_for_points_that_are_kept_and_not_for_every_step(
    wire, shown
):
    clock, Scalar.reads = Clock(), 0
    sink = LiveDashboard(Control(), clock=clock)
    sink(events.FitStarted(0.0, epochs=1, steps=50_000, metrics=("loss",)))
    for i in range(50_000):
        clock.now = i * 0.0002
        before = Scalar.reads
        sink(events.StepEnded(clock.now, 0, i, i, 1, {"loss": Scalar(1.0)}))
        if clock.now - sink.view._updates._taken_at > 0:
            assert Scalar.reads == before
    sink.close()
    x, _ = sink.state.steps.column("loss")
    assert len(x) > 250
    assert set(np.diff(x)[:-1]) <= {128, 256}
    assert Scalar.reads < 2500


def test_short_epochs_between_two_updates_are_read_once_for_all(wire, shown):
    # The clock stands still: no update is due before the end.
    Scalar.reads = 0
    sink = LiveDashboard(Control(), clock=lambda: 0.0)
    sink(events.FitStarted(0.0, epochs=20, steps=500, metrics=("loss",)))
    for step in range(10_000):
        epoch, batch = divmod(step, 500)
        if batch == 0:
            sink(events.EpochStarted(1e-5 * step, epoch))
        logs = {"loss": Scalar(float(step))}
        sink(events.StepEnded(1e-5 * step, epoch, batch, step, 1, logs))
        if batch == 499:
            sink(events.EpochEnded(1e-5 * step, epoch, 500, {"loss": 0.5}, step + 1))
    assert Scalar.reads == 0
    sink(events.FitEnded(0.1, step=10_000))
    sink.close()
    x, losses = sink.state.steps.column("loss")
    assert len(x) > 250
    assert Scalar.reads <= len(x) + 2
    np.testing.assert_array_equal(x - 1, losses)
    assert (x[0], x[-1]) == (1, 10_000)
    assert set(np.diff(x)[:-1]) == {32}
    assert sink.view.widget.progress["epochs_ended"] == 20
    table = np.frombuffer(sink.view.widget.epoch_table, "<f4").reshape(3, -1)
    np.testing.assert_array_equal(table[0], 500 * np.arange(1, 21))


class Pending(Scalar):
    """A number whose step has not ended on the device until it is `done`."""

    done = -1

    def is_ready(self):
        return self.value <= Pending.done


def test_no_update_waits_for_steps_that_have_not_ended_on_the_device(wire, shown):
    Scalar.reads, Pending.done, clock = 0, -1, Clock()
    sink = LiveDashboard(Control(), clock=clock)
    sink(events.FitStarted(0.0, epochs=1, steps=40, metrics=("loss",)))

    def step(number, done, seconds):
        Pending.done, clock.now = done, seconds
        logs = {"loss": Pending(float(number))}
        sink(events.StepEnded(seconds, 0, number, number, 1, logs))

    step(0, 0, 0.2)
    widget = sink.view.widget
    assert widget.progress["step"] == 1
    for number in range(1, 20):
        before = Scalar.reads
        step(number, number - 2, 0.2 + 0.08 * number)
        assert widget.progress["step"] <= max(number - 1, 1)
        assert Scalar.reads - before <= 3
    assert widget.progress["step"] >= 17
    sink(events.Steered(2.0, 0, 20, 20, "pause"))  # then the device is waited for
    assert widget.progress["step"] == 20
    _, losses = sink.state.steps.column("loss")
    np.testing.assert_array_equal(losses, np.arange(20))
    # A step that takes long is shown as it ends.
    sink(events.Steered(2.1, 0, 20, 20, "resume"))
    step(20, 19, 3.0)
    assert widget.progress["step"] == 21


def test_going_back_is_offered_while_it_trains(wire, shown):
    clock = Clock()
    sink = LiveDashboard(Control(), clock=clock)
    kept = []

    class Travel:
        def summary(self):
            return live_display.NOTHING | {"epochs": list(kept)}

    sink.travel = Travel()
    offered = []
    for event in run(epochs=4, steps=5, dt=0.05):
        if isinstance(event, events.EpochEnded):
            kept.append(event.epoch + 1)
        clock.now = event.seconds
        sink(event)
        offered.append(sink.view.widget.kept["epochs"])
    assert [1, 2] in offered[:-1]


@pytest.fixture
def shell(monkeypatch):
    """A kernel's shell with the live part loaded; unloaded at the end."""
    monkeypatch.setattr("nbkeras.notebook.environment.in_kernel", lambda: True)
    shell = new_shell()
    monkeypatch.setattr("nbkeras.notebook.environment.shell", lambda: shell)
    live_display.load(shell)
    yield shell
    live_display.unload(shell)


def test_only_a_kernel_gets_the_dashboard():
    live_display.load(new_shell())
    assert live_display.dashboard not in sinks.defaults


def test_loading_twice_is_loading_once_and_unloading_gives_text_again(shell):
    live_display.load(shell)
    assert sinks.defaults == [live_display.dashboard]
    live_display.unload(shell)
    assert sinks.defaults == []
    assert not interrupt_policy.quiet


class Interrupting(nbkeras.callbacks.Callback):
    """Presses Ctrl-C at one step."""

    def on_train_batch_end(self, batch, logs=None):
        if batch == 3:
            signal.raise_signal(signal.SIGINT)


def small():
    model = nbkeras.Sequential([nbkeras.Input((1,)), nbkeras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    x = np.linspace(-1, 1, 64, dtype="float32").reshape(-1, 1)
    return model, x, 3 * x


def test_an_interrupt_ends_a_notebooks_fit_like_a_stop(shell, wire, shown):
    model, x, y = small()
    history = model.fit(x, y, epochs=5, batch_size=8, callbacks=[Interrupting()])
    assert history.status == "interrupted"
    assert np.isfinite(model.get_weights()[0]).all()
    with pytest.raises(KeyboardInterrupt, match="trains no more"):
        model.fit(x, y)  # a loop of fits in one cell ends
    shell.events.trigger("pre_run_cell", None)
    assert model.fit(x, y, epochs=1).status == "completed"


def test_an_interrupt_without_the_extension_raises_as_in_keras():
    model, x, y = small()
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, batch_size=8, callbacks=[Interrupting()], verbose=0)
    assert model.fit(x, y, verbose=0).status == "completed"


def test_a_real_fit_ends_in_the_dashboard(monkeypatch, wire, shown, capsys):
    monkeypatch.setattr(sinks, "defaults", [live_display.dashboard])
    made = []
    monkeypatch.setattr(
        live_display,
        "LiveDashboard",
        lambda *a, **k: made.append(LiveDashboard(*a, **k)) or made[-1],
    )
    model, x, y = small()
    history = model.fit(x, y, epochs=4, batch_size=16, validation_split=0.25)
    (sink,) = made
    assert capsys.readouterr().out == ""
    assert sink.view.widget.status == "completed"
    assert sink.view.widget.metrics == ["loss", "mae"]
    table = np.frombuffer(sink.view.widget.epoch_table, "<f4").reshape(-1, 4)
    by_name = dict(zip(sink.view.widget.epoch_columns, table[1:], strict=True))
    np.testing.assert_allclose(
        by_name["val_loss"], history.history["val_loss"], rtol=1e-6
    )
    np.testing.assert_array_equal(table[0], [3, 6, 9, 12])
    model.evaluate(x, y)
    assert capsys.readouterr().out.startswith("2/2 ")


def test_a_loop_of_fits_in_one_cell_shares_the_last_view(shell, wire, shown):
    model, x, y = small()
    shell.events.trigger("pre_run_cell", None)
    for _ in range(12):
        history = model.fit(x, y, epochs=1, batch_size=16)
    bundles = [b for b in shown if isinstance(b, dict)]
    assert len(bundles) == 4
    shell.events.trigger("post_run_cell", None)
    last = live_display.views._views[-1].widget
    assert last.progress["fit_number"] == 12
    assert last.progress["continued"] == 11
    assert last.status == "completed"
    np.testing.assert_allclose(
        np.frombuffer(last.step_table, "<f4").reshape(3, -1)[1, -1],
        history.history["loss"][-1],
        rtol=1e-6,
    )
    assert "Done: 1 of 1 epochs" in shown[-1].data
    shell.execution_count += 1
    model.fit(x, y, epochs=1)
    assert len([b for b in shown if isinstance(b, dict)]) == 5


def test_live_training_takes_the_place_of_the_default(shell, wire, shown):
    model, x, y = small()
    callback = nbkeras.callbacks.LiveTraining(metrics="mae", height=240, rate=4)
    model.fit(x, y, epochs=2, callbacks=[callback])
    views = [b for b in shown if isinstance(b, dict)]
    assert len(views) == 1
    (opened,) = [
        m
        for m in wire
        if "metrics" in m["data"].get("state", {}) and m["type"] == "comm_open"
    ]
    assert opened["data"]["state"]["metrics"] == ["mae"]
    assert opened["data"]["state"]["height"] == 240


def test_live_training_in_a_script_is_a_line_of_text(capsys):
    model, x, y = small()
    model.fit(x, y, epochs=1, callbacks=[nbkeras.callbacks.LiveTraining()])
    assert "Epoch 1/1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"metrics": [1]}, r"Write for example LiveTraining\(metrics="),
        ({"height": 20}, r"Write for example LiveTraining\(height=190\)"),
        ({"rate": 100}, r"Write for example LiveTraining\(rate=8\)"),
    ],
)
def test_live_training_says_how_to_write_its_options(options, advice):
    with pytest.raises(ValueError, match=advice):
        nbkeras.callbacks.LiveTraining(**options)


def test_a_recorded_run_is_shown_again_without_training(tmp_path, wire, shown):
    model, x, y = small()
    file = tmp_path / "run.jsonl"
    recorder = nbkeras.Recorder(file)
    history = model.fit(x, y, epochs=3, batch_size=16, verbose=0, callbacks=[recorder])
    again = nbkeras.replay(file)
    assert repr(again) == f"<Replay of run.jsonl: {len(list(again))} events>"
    assert [type(e).__name__ for e in again][-1] == "FitEnded"
    widget = again.show()
    assert widget.status == "completed"
    table = np.frombuffer(widget.epoch_table, "<f4").reshape(-1, 3)
    column = 1 + widget.epoch_columns.index("loss")
    np.testing.assert_allclose(table[column], history.history["loss"], rtol=1e-6)
    assert len(shown) == 2


def test_a_recording_that_was_broken_off_ends_as_interrupted(tmp_path, wire, shown):
    file = tmp_path / "run.jsonl"
    recorder = nbkeras.Recorder(file)
    for event in list(run(epochs=2, steps=5))[:9]:
        recorder(event)
    recorder.close()
    file.write_text(file.read_text()[:-7])
    assert nbkeras.replay(file).show().status == "interrupted"


def test_what_is_no_recording_is_refused_at_once(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("hello")
    with pytest.raises(ValueError, match="Record one with Recorder"):
        nbkeras.replay(file)


class Failing(nbkeras.callbacks.Callback):
    """Raises at one step."""

    def on_train_batch_end(self, batch, logs=None):
        if batch == 2:
            raise ValueError("the <b>third</b> batch is bad")


def test_an_error_in_the_background_is_shown_and_raised_by_wait(shell, wire, shown):
    model, x, y = small()
    run = model.fit(x, y, batch_size=8, callbacks=[Failing()], background=True)
    with pytest.raises(ValueError, match="third"):
        run.wait(60)
    widget = live_display.views._views[-1].widget
    assert widget.status == "failed"
    assert widget.progress["error"] == "ValueError: the <b>third</b> batch is bad"
    assert "&lt;b&gt;third&lt;/b&gt; batch is bad" in shown[-1].data


def test_what_a_thread_said_last_is_said_again_by_the_cell_that_runs_then(
    shell, wire, shown
):
    model, x, y = small()
    run = model.fit(x, y, epochs=2, background=True)
    run.wait(60)
    messages, figures = len(wire), len(shown)
    shell.events.trigger("post_run_cell", None)
    (again,) = wire[messages:]
    assert again["data"]["state"]["status"] == "completed"
    assert again["data"]["state"]["progress"]["epochs_ended"] == 2
    (figure,) = shown[figures:]
    assert "Done: 2 of 2 epochs" in figure.data
    shell.events.trigger("post_run_cell", None)
    assert (len(wire), len(shown)) == (messages + 1, figures + 1)


def test_a_run_in_the_background_is_seen_before_its_thread_begins(shell, wire, shown):
    model, x, y = small()
    begun, seen = threading.Event(), []
    begin = nbkeras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: seen.append(begun.wait(60))
    )
    run = model.fit(x, y, epochs=1, callbacks=[begin], background=True)
    assert any(isinstance(each, dict) for each in shown)
    begun.set()
    run.wait(60)
    assert seen == [True]
    assert len([each for each in shown if isinstance(each, dict)]) == 1
