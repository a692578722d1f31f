"""200 interrupts at random moments: the model is whole after each, and goes on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHILD = Path(__file__).with_name("interrupted_child.py")


@pytest.fixture(scope="module")
def counts():
    done = subprocess.run(
        [sys.executable, "-W", "error", str(CHILD), "0"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "COUNTS" in done.stdout, done.stdout[-500:] + done.stderr[-3000:]
    return json.loads(done.stdout.split("COUNTS")[1])


def test_the_model_is_whole_after_each_of_200_interrupts(counts):
    assert counts["presses"] == 200


def test_most_of_them_struck_while_the_call_ran(counts):
    assert counts["within"] > 100
