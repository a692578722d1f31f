"""Slopes of layers, losses and metrics are those of their values, in float64."""

import json
import os
import subprocess
import sys
from pathlib import Path


def test_every_slope_agrees_with_finite_differences():
    program = Path(__file__).with_name("finite_differences.py")
    run = subprocess.run(
        [sys.executable, program],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "JAX_ENABLE_X64": "1",
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    errors = json.loads(run.stdout)
    assert {name: gap for name, gap in errors.items() if not gap < 1e-6} == {}
    assert len(errors) > 90
