"""Runs the pure functions' tests, `*.test.mjs`, under node."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FILES = sorted(Path(__file__).parent.glob("*.test.mjs"))


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_functions_that_need_no_page(file):
    node = shutil.which("node")
    if node is None:
        if os.environ.get("NBKERAS_NEED_BROWSER") == "1":
            pytest.fail("no node: install Debian's `nodejs`", pytrace=False)
        pytest.skip("no node: install Debian's `nodejs`")
    done = subprocess.run(
        [node, "--test", file.name], capture_output=True, text=True, cwd=file.parent
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 0" not in done.stdout
