"""Whose line a notice points at."""

import runpy
from pathlib import Path

from nbkeras.core import notices


def test_a_script_whose_name_begins_like_the_package_is_user_code():
    package = Path(notices.__file__).parent.parent
    script = package.with_name("nbkeras_demo.py")  # need not exist: only compiled
    names = {"caller": notices.caller}
    exec(compile("where = caller()", str(script), "exec"), names)
    assert names["where"] == (str(script), 1)


def test_a_notice_points_at_the_line_of_the_user(tmp_path, recwarn):
    script = tmp_path / "tutorial.py"
    script.write_text("from nbkeras.layers import Dense\n\nDense(output_dim=3)\n")
    runpy.run_path(str(script))
    (warning,) = recwarn.list
    assert (warning.filename, warning.lineno) == (str(script), 3)
