"""Tables of numbers as HTML for outputs without a widget, such as `nbkeras.devices`.

They have no style sheet, so that a saved, untrusted notebook shows them too. A long
name breaks anywhere instead of pushing the numbers out of a narrow page, and what is
still too wide scrolls within a box of its own.
"""

from nbkeras.notebook.widget.static_picture import text

NAME_STYLE = "text-align:left;overflow-wrap:anywhere;min-width:4.5em"


def name_cell(name: str, scope: str) -> str:
    """A header cell with a name, on the left.

    Args:
        name: its text.
        scope: "row" or "col", the direction that it names.
    """
    return f'<th scope="{scope}" style="{NAME_STYLE}">{text(name)}</th>'


def number_cell(number: str) -> str:
    """A cell with a number and its unit, which stay on one line."""
    return f'<td style="white-space:nowrap">{text(number)}</td>'


def head_cells(name: str, *others: str) -> str:
    """The cells of the first line: the names' head, then those of the numbers."""
    style = "overflow-wrap:anywhere;min-width:2.5em"
    rest = (f'<th scope="col" style="{style}">{text(other)}</th>' for other in others)
    return name_cell(name, "col") + "".join(rest)


def table(lines: list[str], label: str) -> str:
    """A table in a box that scrolls by mouse and keyboard where it is too wide.

    Args:
        lines: HTML of the cells of each line.
        label: name of the table, for screen readers.
    """
    rows = "".join(f"<tr>{line}</tr>" for line in lines)
    return (
        f'<div role="region" tabindex="0" aria-label="{text(label)}" '
        f'style="overflow-x:auto"><table>{rows}</table></div>'
    )
