"""Write the section of correctness.md on how many of Keras's own tests pass.

    python docs/keras_tests.py

The figures and reasons stand in keras_tests.json; a test compares page and figures, so
the page cannot go out of date.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

FIGURES = Path(__file__).with_suffix(".json")
PAGE = Path(__file__).parent / "correctness.md"
SECTION = re.compile(
    r"(?<=<!-- tests of Keras -->\n)(.*?)(?=<!-- end of tests of Keras -->)", re.S
)
STATUSES = ("deliberate", "open")


def figures() -> dict:
    """What was measured: Keras's version, families, and what is left failing."""
    return json.loads(FIGURES.read_text(encoding="utf-8"))


def section(measured: dict) -> str:
    """The section for what was measured."""
    families, failing = measured["families"], measured["failing"]
    passed = sum(family["passed"] for family in families)
    applicable = sum(family["applicable"] for family in families)
    lines = [
        f"With Keras {measured['keras']} on JAX {passed:,} of {applicable:,} pass.",
        "",
        "| family | passed | applicable | share | date |",
        "|---|---|---|---|---|",
        *map(_family_row, families),
        "",
        "Left failing are these; the names of the tests stand in `keras_tests.json`.",
        "",
        "| family | tests | | reason |",
        "|---|---|---|---|",
        *_reason_rows(failing),
    ]
    return "\n" + "\n".join(lines) + "\n\n"


def _family_row(family: dict) -> str:
    passed, applicable = family["passed"], family["applicable"]
    share = f"{100 * passed / applicable:.1f} %"
    return (
        f"| {family['name']} | {passed} | {applicable} | {share} | {family['date']} |"
    )


def _reason_rows(failing: list[dict]) -> Iterator[str]:
    for group in failing:
        count = sum(group["tests"].values())
        yield f"| {group['family']} | {count} | {group['status']} | {group['reason']} |"


def main() -> None:
    """Write the section anew."""
    page = PAGE.read_text(encoding="utf-8")
    text = SECTION.sub(lambda _: section(figures()), page)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
