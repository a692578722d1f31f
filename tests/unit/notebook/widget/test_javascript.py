"""JavaScript modules become one script with the meaning that they had."""

import shutil
import subprocess

import pytest

from nbkeras.notebook.widget.javascript import join_modules


def modules(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.js").write_text(text, "utf-8")
    return folder / "entry.js"


def test_equal_names_in_two_modules_do_not_meet(tmp_path):
    entry = modules(
        tmp_path,
        one="const AIR = 1;\nexport const one = () => AIR;\n",
        two='import { one } from "./one.js";\n\nconst AIR = 2;\n'
        "export function two() {\n  return one() + AIR;\n}\n",
        entry='import { one as first } from "./one.js";\n'
        'import { two } from "./two.js";\n\nconsole.log(first(), two());\n'
        "export default { two };\n",
    )
    script = tmp_path / "joined.mjs"
    script.write_text(join_modules(entry), "utf-8")
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node: install Debian's `nodejs`")
    done = subprocess.run([node, script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "3"]


def test_a_module_that_two_others_import_is_there_once(tmp_path):
    entry = modules(
        tmp_path,
        base="export const base = 7;\n",
        left='import { base } from "./base.js";\nexport const left = base;\n',
        entry='import { base } from "./base.js";\nimport { left } from "./left.js";\n'
        "export default base + left;\n",
    )
    assert join_modules(entry).count("const base = 7;") == 1


def test_modules_that_import_each_other_are_refused_with_their_chain(tmp_path):
    entry = modules(
        tmp_path,
        a='import { b } from "./b.js";\nexport const a = 1;\n',
        b='import { a } from "./a.js";\nexport const b = 1;\n',
        entry='import { a } from "./a.js";\n',
    )
    with pytest.raises(ValueError, match=r"entry\.js -> a\.js -> b\.js -> a\.js"):
        join_modules(entry)


@pytest.mark.parametrize(
    "line", ['import * as b from "./b.js";', "export let n = 1;", "export default 3;"]
)
def test_a_form_that_is_not_joined_says_what_to_write(tmp_path, line):
    entry = modules(
        tmp_path, a=f"{line}\n", b="", entry='import { n } from "./a.js";\n'
    )
    with pytest.raises(ValueError, match="Write `import"):
        join_modules(entry)
