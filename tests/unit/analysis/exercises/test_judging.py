"""Answers are judged by what they do; whatever they do, there is a report."""

import numpy as np
import pytest

from nbkeras import Input, Model, Sequential, layers, ops
from nbkeras.analysis.exercises import (
    Data,
    Exercise,
    FunctionAnswer,
    HeldOutAccuracy,
    HeldOutError,
    Measured,
    ModelAnswer,
    NumberAnswer,
    NumWeights,
    Outcome,
    OverfittingGap,
    Returned,
    RowsAnswer,
    State,
    Submission,
    Text,
    TrainingAccuracy,
    judge,
)

TITLE = Text("Signs", "符号")


class Decide(layers.Layer):
    """Returns the first feature, as it is."""

    def call(self, x):
        return x[:, :1]


def decider():
    """A model that predicts its first feature: a logit if it is outside of 0 to 1."""
    return Sequential([Input((2,)), Decide()])


def signs(rng, held_out_rng=None):
    """Class 1 where the first feature is positive; every fourth held-out row is not."""
    x = rng.choice([-2.0, 2.0], (40, 2)).astype("float32")
    y = (x[:, 0] > 0).astype(int)
    held_out = y.copy()
    held_out[::4] = 1 - held_out[::4]
    return Data({"x": x, "y": y}, {"x": x, "y": held_out})


def exercise(*checks, answers=None, hints=()):
    """An exercise on `signs`."""
    answers = answers or {"model": ModelAnswer()}
    return Exercise("signs", TITLE, TITLE, signs, answers, checks, hints)


def test_held_out_accuracy_counts_the_right_decisions_of_a_logit():
    (row,) = judge(exercise(HeldOutAccuracy(0.8)), {"model": decider()}, "ada").rows
    assert row.state is State.FAILED
    assert row.goal.en == "model: held-out accuracy at least 80 %"
    assert row.measured.en == "75.0 %, 5.0 points short"
    assert row.measured.zh == "75.0 %，还差 5.0 个百分点"


def test_training_accuracy_and_gap_are_measured_on_both_parts():
    checks = (
        TrainingAccuracy(1.0),
        OverfittingGap(least=0.2),
        OverfittingGap(most=0.1),
    )
    rows = judge(exercise(*checks), {"model": decider()}, "ada").rows
    assert [row.state for row in rows] == [State.PASSED, State.PASSED, State.FAILED]
    assert rows[2].measured.en == "25.0 %, 15.0 points too much"


def test_ten_outputs_are_decided_by_the_largest():
    predicted = np.eye(3, dtype="float32")
    submission = Submission({}, Data({}, {"x": predicted, "y": np.array([0, 1, 1])}))
    submission._predictions["model", "held_out"] = predicted
    assert submission.classes().tolist() == [0, 1, 2]
    assert submission.accuracy() == pytest.approx(2 / 3)


def test_a_probability_is_decided_at_one_half():
    submission = Submission({}, Data({}))
    submission._predictions["model", "held_out"] = np.array([[0.4], [0.6]])
    assert submission.classes().tolist() == [0, 1]


def test_weights_are_counted():
    model = Sequential([Input((2,)), layers.Dense(1)])
    (row,) = judge(exercise(NumWeights(2)), {"model": model}, "ada").rows
    assert row.measured.en == "3, 1 too many"


def test_numbers_that_are_stored_beside_the_weights_are_counted():
    inputs = Input((2,))
    hidden = ops.matmul(inputs, np.ones((2, 20), "float32"))
    model = Model(inputs, layers.Dense(1)(hidden))
    for limit, state in ((61, State.PASSED), (60, State.FAILED)):
        (row,) = judge(exercise(NumWeights(limit)), {"model": model}, "ada").rows
        assert row.state is state
    small = Sequential([Input((2,)), layers.Rescaling([2.0, 3.0]), layers.Dense(1)])
    (row,) = judge(exercise(NumWeights(3)), {"model": small}, "ada").rows
    assert row.state is State.PASSED


def test_an_error_is_compared_with_the_limit():
    model = Sequential([Input((2,)), layers.Dense(1, kernel_initializer="zeros")])
    data = signs(np.random.default_rng(0))
    submission = Submission({"model": model}, data)
    mean = float(np.mean(data.held_out["y"]))
    assert HeldOutError(mean)(submission).passed
    outcome = HeldOutError(mean / 2)(submission)
    assert outcome.measured.en == f"{mean:.3g}, 2 times the limit"


def test_predictions_of_another_shape_are_described():
    model = Sequential([Input((2,)), layers.Dense(3)])
    (row,) = judge(exercise(HeldOutError(1.0)), {"model": model}, "ada").rows
    assert "predictions of shape (40, 3), and y has the shape (40,)" in row.measured.en


def test_a_value_is_never_rounded_up_to_the_goal():
    from nbkeras.analysis.exercises import at_least, at_most

    assert at_least(TITLE, 0.94999, 0.95).measured.en == "94.9 %, 0.1 points short"
    assert at_most(TITLE, 0.10001, 0.1).measured.en == "10.1 %, 0.1 points too much"


def test_nan_passes_no_goal():
    from nbkeras.analysis.exercises import at_least, at_most

    assert not at_least(TITLE, float("nan"), 0.5).passed
    assert at_most(TITLE, float("nan"), 0.5).measured.en == "not a finite number"


@pytest.mark.parametrize(
    ("answer", "value", "says"),
    [
        (ModelAnswer(), None, "it is not set. Set it in the cell: it = nbkeras.Seq"),
        (ModelAnswer(), 3, "it is of the type int. Write for example: it = nbkeras"),
        (NumberAnswer(), "0.1", "it is of the type str. Write for example: it = 0.1"),
        (NumberAnswer(), float("inf"), "it is of the type float"),
        (NumberAnswer(), True, "it is of the type bool"),
        (FunctionAnswer(), 3, "it is of the type int. Write for example: def it("),
        (RowsAnswer(), [1.5], "it is of the type list. Write for example: it = [3, 14"),
        (RowsAnswer(), "12", "it is of the type str"),
        (RowsAnswer(), [[1], [2]], "it is of the type list"),
    ],
)
def test_an_answer_that_is_missing_or_something_else_gets_an_example(
    answer, value, says
):
    task = exercise(NumWeights(1), answers={"it": answer})
    (row,) = judge(task, {"it": value}, "ada").rows
    assert row.state is State.FAILED
    assert says in row.measured.en


@pytest.mark.parametrize("value", [0.5, np.float32(2), np.array(3)])
def test_numbers_of_python_and_numpy_are_numbers(value):
    assert NumberAnswer().accepts(value)


@pytest.mark.parametrize("value", [[1, 2], (3,), np.array([4, 5]), {6}])
def test_row_numbers_may_be_a_list_a_set_or_an_array(value):
    assert RowsAnswer().accepts(value)


def test_a_model_for_other_data_is_reported_with_its_error():
    model = Sequential([Input((5,)), layers.Dense(1)])
    (row,) = judge(exercise(HeldOutAccuracy(0.8)), {"model": model}, "ada").rows
    assert row.measured.en == "model cannot be used with the data of this exercise"
    assert "(None, 5)" in row.error or "(batch, 5)" in row.error or "5" in row.error


def test_a_model_that_predicts_nan_has_diverged():
    model = Sequential([Input((2,)), layers.Dense(1)])
    model.set_weights([np.full((2, 1), np.nan), np.zeros(1)])
    (row,) = judge(exercise(HeldOutAccuracy(0.8)), {"model": model}, "ada").rows
    assert "its training has diverged" in row.measured.en


def test_an_exception_in_a_check_is_a_row_and_the_others_are_checked():
    def broken(submission):
        raise ZeroDivisionError("division by zero")

    checks = (broken, HeldOutAccuracy(0.5))
    rows = judge(exercise(*checks), {"model": decider()}, "ada").rows
    assert rows[0].error == "ZeroDivisionError: division by zero"
    assert [row.state for row in rows] == [State.FAILED, State.PASSED]


def test_a_function_that_raises_or_returns_something_else_keeps_the_name_of_the_goal():
    def doubled(x):
        return (2 * x,)

    check = Returned(
        "f", Text("twice {name}", "{name} 的两倍"), doubled, ("x",), ("x",)
    )
    task = exercise(check, answers={"f": FunctionAnswer()})

    def row(function):
        return judge(task, {"f": function}, "ada").rows[0]

    raised = row(lambda x: 1 / 0)
    assert (raised.goal.en, raised.goal.zh) == ("twice x", "x 的两倍")
    assert raised.error == "ZeroDivisionError: division by zero"
    assert row(lambda x: x * 2).state is State.PASSED
    assert row(lambda x: x * 3).measured.en == "off by 50 % of its size"
    assert (
        row(lambda x: x[0]).measured.en == "its shape is (2,), and it should be (40, 2)"
    )
    assert row(lambda x: x * np.nan).measured.en == "not a finite number"
    assert row(lambda x: None).measured.en == "not written yet"


def test_a_function_that_changes_its_arguments_changes_copies():
    def spoil(x):
        x[:] = 0
        return x

    task = exercise(
        Returned("f", TITLE, lambda x: (x,), ("x",), ("x",)),
        Measured(
            Text("{limit}", "{limit}"), lambda s: s.part("held_out")["x"].std(), 1.5
        ),
        answers={"f": FunctionAnswer()},
    )
    rows = judge(task, {"f": spoil}, "ada").rows
    assert [row.state for row in rows] == [State.FAILED, State.PASSED]


def test_each_attempt_reveals_one_more_hint_and_success_none():
    hints = (Text("one", "一"), Text("two", "二"))
    task = exercise(HeldOutAccuracy(0.8), hints=hints)
    reports = [judge(task, {"model": decider()}, "ada", n) for n in (1, 2, 3)]
    assert [len(report.hints) for report in reports] == [1, 2, 2]
    easy = exercise(HeldOutAccuracy(0.5), hints=hints)
    report = judge(easy, {"model": decider()}, "ada", 2)
    assert report.passed
    assert report.hints == ()


def test_a_check_is_given_new_data_whatever_was_done_to_the_students():
    task = exercise(HeldOutAccuracy(0.7))
    task.data_of("ada").variables["x"][:] = np.nan
    assert judge(task, {"model": decider()}, "ada").passed


def test_a_student_gets_the_same_data_each_time_and_others_get_others():
    task = exercise(HeldOutAccuracy(0.5))
    first, again, other = (
        task.data_of(name).variables["x"] for name in ("ada", "ada", "bo")
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert task.seed("ada") != task.seed("bo")


@pytest.mark.parametrize(
    "name", ["", "../x", "a b", "Über", "<b>", "x" * 41, "1st", "a;b", "a\n"]
)
def test_a_name_that_cannot_be_typed_is_refused(name):
    with pytest.raises(ValueError, match='Write for example name="first_network"'):
        Exercise(name, TITLE, TITLE, signs, {"m": ModelAnswer()}, (NumWeights(1),))


def test_an_exercise_without_checks_is_refused():
    with pytest.raises(ValueError, match=r"checks=\(HeldOutAccuracy\(0\.9\),\)"):
        Exercise("empty", TITLE, TITLE, signs, {"m": ModelAnswer()}, ())


def test_an_outcome_of_ones_own_is_a_row():
    def agrees(submission):
        return Outcome(True, Text("agrees", "同意"), Text("yes", "是"))

    (row,) = judge(exercise(agrees), {"model": decider()}, "ada").rows
    assert (row.state, row.goal.zh, row.measured.en) == (State.PASSED, "同意", "yes")
