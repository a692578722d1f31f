"""Back in time on the dashboard: what the page may ask, and what it is told."""

import gc

import numpy as np
import pytest

from nbkeras import Input, Sequential
from nbkeras.callbacks import LiveTraining
from nbkeras.layers import Dense, Flatten
from nbkeras.models.training.trainer import fit_plan_of
from nbkeras.notebook.dashboard import live_display, time_travel
from nbkeras.notebook.dashboard.time_travel import TimeTravel, examples, picture_of
from nbkeras.train import sinks

RNG = np.random.default_rng(0)
X = RNG.random((60, 6, 6), dtype="float32")
Y = np.arange(60) % 3


def fitted(epochs=3, **how):
    model = Sequential([Input((6, 6)), Flatten(), Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model.fit(X, Y, epochs=epochs, verbose=0, keep_epochs=True, **how)


@pytest.fixture
def travel():
    history = fitted()
    return history, TimeTravel(history, fit_plan_of(X, Y))


def test_the_summary_names_the_kept_epochs_and_the_best(travel):
    history, asked = travel
    summary = asked.summary()
    assert summary["epochs"] == [0, 1, 2, 3]
    assert summary["best"] == int(np.argmin(history.history["loss"])) + 1
    assert (summary["at"], summary["rows"], summary["message"]) == (None, 24, "")


def test_an_example_has_the_answer_of_each_epoch(travel):
    history, asked = travel
    then = asked.answer(2, 5)
    assert (then["row"], then["truth"], then["labels"]) == (5, 2.0, [0, 1, 2])
    assert then["picture"].startswith("data:image/png;base64,")
    answers = dict(map(tuple, ((n, tuple(v)) for n, v in then["answers"])))
    expected = history.model_at(2).predict(X[5:6], verbose=0)[0]
    np.testing.assert_allclose(answers[2], expected, rtol=1e-4)


def test_examples_go_round(travel):
    _, asked = travel
    assert asked.answer(1, -1)["row"] == 23


def test_time_for_other_epochs_is_bounded(travel, monkeypatch):
    _, asked = travel
    monkeypatch.setattr(time_travel, "MORE_S", -1.0)
    assert [n for n, _ in asked.answer(2, 0)["answers"]] == [2]


def test_going_back_is_told_and_what_cannot_be_is_said(travel):
    history, asked = travel
    asked.go_back(1)
    assert asked.summary()["at"] == 1
    assert "as it was after epoch 1" in asked.summary()["message"]
    assert not asked.summary()["failed"]
    assert history.model.epochs_done == 1
    asked.go_back(9)
    assert "Epoch 9 was not kept" in asked.summary()["message"]
    assert asked.summary()["failed"]


def test_a_dashboard_keeps_no_model_alive():
    other = TimeTravel(fitted(1), fit_plan_of(X, Y))
    gc.collect()
    assert other.summary()["epochs"] == []
    assert other.answer(1, 0) == {}


def test_examples_come_from_the_validation_data_one_hot_or_not():
    plan = fit_plan_of(X, np.eye(3)[Y], validation_data=(X[::-1], np.eye(3)[Y[::-1]]))
    x, y = examples(plan)
    np.testing.assert_array_equal(x, X[::-1][:24])
    np.testing.assert_array_equal(y, Y[::-1][:24])


def test_batches_give_the_rows_that_were_read_ahead():
    plan = fit_plan_of(iter([(X[:4], Y[:4])] * 3), steps_per_epoch=1)
    x, y = examples(plan)
    np.testing.assert_array_equal(x, X[:4])
    np.testing.assert_array_equal(y, Y[:4])


def test_several_inputs_have_no_examples():
    plan = fit_plan_of({"a": X, "b": X}, Y)
    assert examples(plan) == (None, None)


def test_rows_for_the_confusion_are_spread_over_the_validation_data(monkeypatch):
    monkeypatch.setattr(time_travel, "CONFUSION_ROWS", 20)
    x, y = time_travel.confusion_rows(fit_plan_of(X, Y))
    np.testing.assert_array_equal(x, X[::3])
    np.testing.assert_array_equal(y, Y[::3])


class Page:
    """Collects what is published, and says what is open."""

    def __init__(self, **view):
        self.view, self.traits = {"travel": True, **view}, {}

    def ask(self, travel, epoch, row=0):
        travel.show_past(epoch, row, self.view, self.publish)
        travel.past.wait()
        return self.traits.get("past")

    def publish(self, **traits):
        self.traits |= traits


def test_the_confusion_is_that_of_the_model_at_the_epoch(travel):
    history, asked = travel
    past = Page(confusion=True).ask(asked, 1)
    predicted = history.model_at(1).predict(X, verbose=0).argmax(axis=1)
    matrix = [[int(((Y == i) & (predicted == j)).sum()) for j in range(3)] for i in range(3)]  # fmt: skip
    assert past["matrix"] == matrix
    assert (past["epoch"], past["rows"], past["classes"]) == (1, 60, [0, 1, 2])
    assert past["accuracy"] == pytest.approx((predicted == Y).mean(), abs=1e-4)


def test_the_inside_view_has_the_weights_of_the_epoch_and_the_example(travel):
    history, asked = travel
    page = Page(inside=True)
    page.ask(asked, 3)
    past = page.ask(asked, 1, row=5)
    view = page.traits["inside"]
    assert (past["inside_epoch"], past["inside_row"], view.at) == (1, 5, 5)
    expected = history.model_at(1).predict(X[5:6], verbose=0)[0]
    np.testing.assert_allclose(view.activations.answer, expected, rtol=1e-5)
    assert history.model.epochs_done == 3


def test_nothing_is_computed_while_both_are_closed(travel):
    _, asked = travel
    page = Page()
    assert page.ask(asked, 1) is None
    assert not page.traits


def test_only_the_newest_request_is_computed(travel, monkeypatch):
    _, asked = travel
    page = Page(confusion=True)
    served = []
    serve = asked.past._serve

    def slow(request, history):
        if not served:  # more requests come while the first one is computed
            served.append(request.epoch)
            for epoch in (3, 2):
                asked.show_past(epoch, 0, page.view, page.publish)
        else:
            served.append(request.epoch)
        serve(request, history)

    monkeypatch.setattr(asked.past, "_serve", slow)
    assert page.ask(asked, 1)["epoch"] == 2
    assert served == [1, 2]


def test_what_has_no_classes_or_no_picture_says_why():
    model = Sequential([Input((4,)), Dense(1)])
    model.compile("sgd", "mse")
    x, y = RNG.random((8, 4)), RNG.random(8)
    history = model.fit(x, y, epochs=1, verbose=0, keep_epochs=True)
    asked = TimeTravel(history, fit_plan_of(x, y))
    page = Page(confusion=True, inside=True)
    past = page.ask(asked, 1)
    assert "no class numbers" in past["note"]
    assert "takes no picture" in past["inside_note"]
    assert page.traits["inside"] is None


@pytest.mark.parametrize("shape", [(4,), (3, 3, 1), (8, 8, 7), (2, 8, 8, 1)])
def test_what_is_no_picture_has_none(shape):
    assert picture_of(np.zeros(shape)) == ""


@pytest.mark.parametrize("scale", [1, 255, -1])
def test_pictures_of_every_usual_range_are_drawn(scale):
    x = RNG.random((300, 200, 3)) * abs(scale) - (0.5 if scale < 0 else 0)
    assert picture_of(x).startswith("data:image/png;base64,")


@pytest.fixture
def board(monkeypatch):
    """The dashboard of a fit that has just ended, as in a kernel."""
    shown = []
    monkeypatch.setattr(
        "nbkeras.notebook.widget.base.display",
        lambda *_, **options: type("Handle", (), {"update": lambda *_: None})(),
    )
    monkeypatch.setattr(sinks, "defaults", [live_display.dashboard])
    take = live_display.views.take

    def noted(make):
        result = take(make)
        shown.append(result[0])
        return result

    monkeypatch.setattr(live_display.views, "take", noted)
    return shown


def test_a_fit_with_a_dashboard_keeps_its_epochs_by_itself(wire, board):
    model = Sequential([Input((6, 6)), Flatten(), Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    history = model.fit(X, Y, epochs=3)
    widget = board[-1].widget
    assert history.kept_epochs == [0, 1, 2, 3]
    assert widget.kept["epochs"] == [0, 1, 2, 3]
    widget._handle_custom_msg({"do": "then", "epoch": 1, "row": 0}, [])
    assert widget.then["row"] == 0
    widget._handle_custom_msg({"do": "go_back", "epoch": 1}, [])
    assert widget.kept["at"] == 1
    assert model.epochs_done == 1
    before = dict(widget.kept)
    for content in (
        {"do": "go_back"},
        {"do": "then", "epoch": "x"},
        {"do": "go_back", "epoch": None},
    ):
        widget._handle_custom_msg(content, [])
    assert widget.kept == before


def test_a_dashboard_asked_not_to_keep_epochs_does_not(wire, board):
    model = Sequential([Input((6, 6)), Flatten(), Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    history = model.fit(X, Y, epochs=2, keep_epochs=False)
    assert history.kept is None
    assert board[-1].widget.kept["epochs"] == []


def test_the_dashboard_as_a_callback_keeps_epochs_too(wire, board, monkeypatch):
    monkeypatch.setattr("nbkeras.notebook.environment.in_kernel", lambda: True)
    model = Sequential([Input((6, 6)), Flatten(), Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    history = model.fit(X, Y, epochs=2, callbacks=[LiveTraining()])
    assert history.kept_epochs == [0, 1, 2]
