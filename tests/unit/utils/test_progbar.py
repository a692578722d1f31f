import pytest

from nbkeras.utils import Progbar


def test_a_bar_shows_steps_and_means(capsys):
    bar = Progbar(3, interval=0)
    bar.update(1, [("loss", 3.0)])
    bar.update(2, [("loss", 1.0)])
    bar.update(3, [("loss", 2.0)])
    out = capsys.readouterr().out
    assert out.count("\r") == 3
    assert out.endswith("- loss: 2.0000\n")
    assert "3/3" in out


def test_a_mean_is_weighted_by_the_steps_that_it_stands_for(capsys):
    bar = Progbar(4)
    bar.add(3, [("loss", 1.0)])
    bar.add(1, [("loss", 5.0)])
    assert "loss: 2.0000" in capsys.readouterr().out.splitlines()[-1]


def test_stateful_values_are_shown_as_they_are(capsys):
    bar = Progbar(2, stateful_metrics=["lr"])
    bar.add(1, [("lr", 0.5)])
    bar.add(1, [("lr", 0.25)])
    assert "lr: 0.2500" in capsys.readouterr().out


def test_between_two_drawings_lies_the_interval(capsys):
    bar = Progbar(100, interval=1e6)
    for step in range(99):
        bar.update(step + 1)
    assert capsys.readouterr().out.count("\r") == 1


def test_verbose_0_is_silent_and_2_writes_one_line(capsys):
    Progbar(1, verbose=0).add(1)
    assert capsys.readouterr().out == ""
    bar = Progbar(2, verbose=2)
    bar.add(1)
    assert capsys.readouterr().out == ""
    bar.add(1)
    assert capsys.readouterr().out.count("\n") == 1


def test_an_unknown_target_is_shown_as_unknown(capsys):
    bar = Progbar(None)
    bar.add(5, [("acc", 1.0)])
    bar.update(6, finalize=True)
    assert "6/unknown" in capsys.readouterr().out


def test_stateless_names_are_averaged_and_others_shown_as_they_are(capsys):
    bar = Progbar(2, interval=0, stateless_metrics=["loss"])
    bar.add(1, [("loss", 1.0), ("lr", 0.5)])
    bar.add(1, [("loss", 3.0), ("lr", 0.25)])
    last = capsys.readouterr().out.split("\r")[-1]
    assert "loss: 2.0000" in last
    assert "lr: 0.2500" in last


def test_a_bar_takes_one_kind_of_names():
    with pytest.raises(ValueError, match=r"Write for example Progbar\(target, statel"):
        Progbar(1, stateful_metrics=[], stateless_metrics=[])
