"""A recording gives the same events back, and a damaged one is told apart."""

import json

import pytest

from nbkeras.train import Recorder, events, replay


def recorded(line, plan, path, **options):
    run = line(plan(epochs=2, steps=4, validated=True))
    run.drive(Recorder(path, **options))
    return run


def test_replay_gives_equal_events(line, plan, tmp_path):
    run = recorded(line, plan, tmp_path / "run.jsonl")
    told = list(replay(tmp_path / "run.jsonl"))
    assert told == [event.host() for event in run.events]
    assert len(told) == 2 + 2 * (2 + 8 + 2 + 4)


def test_a_slow_recorder_keeps_the_edges_and_few_steps(line, plan, tmp_path):
    recorded(line, plan, tmp_path / "run.jsonl", hz=1e-3)
    kinds = [type(event).__name__ for event in replay(tmp_path / "run.jsonl")]
    assert kinds.count("EpochEnded") == 2
    assert kinds.count("StepEnded") == 1
    assert kinds[-1] == "FitEnded"


def test_a_torn_last_line_is_left_out(line, plan, tmp_path):
    path = tmp_path / "run.jsonl"
    recorded(line, plan, path)
    text = path.read_text("utf-8")
    path.write_text(text[:-20], "utf-8")
    assert len(list(replay(path))) == len(text.splitlines()) - 2


@pytest.mark.parametrize("head", ['{"nbkeras_recording": 99}', "[1]", "hello", ""])
def test_what_is_no_recording_is_refused(tmp_path, head):
    path = tmp_path / "other.jsonl"
    path.write_text(head + "\n", "utf-8")
    with pytest.raises(ValueError, match=r"Record one with Recorder\("):
        list(replay(path))


DAMAGED = [
    b'{"event": "EpochEnded", "seconds": 1.0, "epoch": 0, "lo\xe7s": {"loss": 1.0}}',
    b'{"event": "EpochFnded", "seconds": 1.0, "epoch": 0, "logs": {"loss": 1.0}}',
    b'{"event": "EpochEnded", "seconds": {}, "epoch": 0, "logs": {"loss": 1.0}}',
    b'{"event": "EpochEnded", "seconds": 1.0, "epoch": "0", "logs": {"loss": 1.0}}',
    b'{"event": "EpochEnded", "seconds": 1.0, "epoch": 0, "logs": 7}',
    b'{"event": "FitEnded", "seconds": 1.0, "status": "compl\\u001bted"}',
    b"7",
    b'["EpochEnded"]',
]


@pytest.mark.parametrize("damaged", DAMAGED)
def test_a_damaged_line_is_named_with_what_to_do(tmp_path, damaged):
    path = tmp_path / "run.jsonl"
    recorder = Recorder(path)
    recorder(events.FitStarted())
    recorder.close()
    path.write_bytes(path.read_bytes() + damaged + b"\n")
    with pytest.raises(ValueError, match=r"run\.jsonl: line 3 is damaged") as refused:
        list(replay(path))
    assert "Delete this line, or record the run again with Re" in str(refused.value)
    assert "\x1b" not in str(refused.value)


def test_lines_of_noise_and_of_endless_brackets_are_left_out(tmp_path):
    path = tmp_path / "run.jsonl"
    recorder = Recorder(path)
    recorder(events.FitStarted())
    recorder.close()
    noise = bytes(range(128, 256)) + b"\n" + b"[" * 100_000 + b"\n"
    path.write_bytes(path.read_bytes() + noise)
    assert list(replay(path)) == [events.FitStarted()]
    path.write_bytes(bytes(range(128, 256)))
    with pytest.raises(ValueError, match=r"Record one with Recorder\("):
        list(replay(path))


def test_a_folder_in_the_place_of_a_recording_says_how_to_open_it(tmp_path):
    with pytest.raises(ValueError, match=r"compare them all: nbkeras\.runs\("):
        list(replay(tmp_path))


def test_nan_survives_a_recording(tmp_path):
    recorder = Recorder(tmp_path / "run.jsonl")
    recorder(events.FitStarted())
    recorder(events.EpochEnded(logs={"loss": float("nan")}))
    recorder.close()
    loss = list(replay(tmp_path / "run.jsonl"))[1].logs["loss"]
    assert loss != loss


def test_a_recording_is_strict_json(line, plan, tmp_path):
    recorded(line, plan, tmp_path / "run.jsonl")
    recorder = Recorder(tmp_path / "nan.jsonl")
    recorder(events.FitStarted())
    recorder(events.EpochEnded(logs={"loss": float("inf")}))
    recorder.close()

    def refuse(name):
        raise AssertionError(name)

    for line_ in (tmp_path / "nan.jsonl").read_text("utf-8").splitlines():
        json.loads(line_, parse_constant=refuse)


def test_a_folder_gets_a_file_of_its_own_for_each_run(tmp_path):
    folder = tmp_path / "runs"
    for _ in range(3):
        recorder = Recorder(folder)
        recorder.settings = {"model": "my/../net", "batch_size": 32}
        recorder(events.FitStarted())
        recorder.close()
    files = sorted(folder.iterdir())
    assert len(files) == 3
    assert all(file.suffix == ".jsonl" and "my-net" in file.name for file in files)
    head = json.loads(files[0].read_text("utf-8").splitlines()[0])
    assert head["settings"] == {"model": "my/../net", "batch_size": 32}
    assert len(list(replay(files[0]))) == 1
