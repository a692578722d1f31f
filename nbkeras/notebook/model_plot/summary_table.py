"""model.summary() as an HTML table with collapsible nested and repeated parts."""

from nbkeras.analysis.model_plot.anatomy import anatomy
from nbkeras.analysis.model_plot.folding import fold
from nbkeras.models.summary import summary_text
from nbkeras.notebook.widget.static_picture import text

LEFT, RIGHT = ' style="text-align:left"', ' style="text-align:right"'
IN_ONE = ' style="text-align:left;white-space:nowrap"'


def table(model, words, expand_nested=False, show_trainable=False):
    """The summary as HTML, with names escaped.

    Args:
        model: any model.
        words: the texts of `summary_table`.
        expand_nested: whether nested models are initially open.
        show_trainable: whether to add a column showing which layers are trainable.
    """
    whole = anatomy(model)
    show = {"open": expand_nested, "trainable": show_trainable, "words": words}
    show["linked"] = whole.wired and not _is_a_row(whole)
    totals = summary_text(model).rsplit("─\n", 1)[-1].splitlines()
    return (
        f"<div><strong>{text(model.name)}</strong>{_part(whole, show)}"
        f"<div>{'<br>'.join(map(text, totals))}</div></div>"
    )


def _part(whole, show):
    """The table of one model, or of a nested model."""
    items = [_item(whole, item, show) for item in fold(whole)]
    return f"<table>{_head(show)}<tbody>{''.join(items)}</tbody></table>"


def _head(show):
    words = show["words"]
    cells = [f"<th{LEFT}>{words[name]}</th>" for name in ("layer", "output_shape")]
    cells.append(f"<th{RIGHT}>{words['count']}</th>")
    if show["linked"]:
        cells.append(f"<th{LEFT}>{words['inputs']}</th>")
    if show["trainable"]:
        cells.append(f"<th{LEFT}>{words['trainable']}</th>")
    return f"<thead><tr>{''.join(cells)}</tr></thead>"


def _item(whole, item, show):
    if not item.parts:
        return _row(whole, item.members[0], show)
    blocks = [whole.blocks[at] for at in item.members]
    counts = [block.parameters for block in blocks if not block.call]
    total = "?" if None in counts else f"{sum(counts):,}"
    length = len(blocks) // item.times
    content = (
        show["words"]["nested_layers"].format(n=length)
        if length > 1
        else blocks[0].kind
    )
    times = f"{item.times} × " if item.times > 1 else ""
    title = f"{times}{content}: {blocks[0].name} … {blocks[-1].name} ({total})"
    inside = "".join(_item(whole, part, show) for part in item.parts)
    return _fold(title, f"<table>{_head(show)}<tbody>{inside}</tbody></table>", show)


def _row(whole, at, show):
    block = whole.blocks[at]
    # As in the text: later calls and the Input of a Sequential are not listed.
    if block.call or (block.kind == "InputLayer" and whole.kind == "Sequential"):
        return ""
    shapes = ", ".join(map(str, block.outputs)) or "?"
    count = "?" if block.parameters is None else f"{block.parameters:,}"
    cells = [
        f"<td{LEFT}>{text(block.name)} <em>({text(block.kind)})</em></td>",
        f"<td{IN_ONE}>{text(shapes)}</td>",
        f"<td{RIGHT}>{count}</td>",
    ]
    if show["linked"]:
        origins = [whole.blocks[tail].name for tail, head in whole.edges if head == at]
        cells.append(f"<td{LEFT}>{text(', '.join(origins) or '-')}</td>")
    if show["trainable"]:
        trained = ("Y" if block.trained else "N") if block.parameters else "-"
        cells.append(f"<td{LEFT}>{trained}</td>")
    row = f"<tr>{''.join(cells)}</tr>"
    if block.inner is None or not block.inner.blocks:
        return row
    inner = {**show, "linked": block.inner.wired and not _is_a_row(block.inner)}
    return row + _fold(f"└ {block.name}", _part(block.inner, inner), show, show["open"])


def _fold(title, inside, show, is_open=False):
    width = 3 + show["linked"] + show["trainable"]
    return (
        f'<tr><td colspan="{width}"{LEFT}><details{" open" if is_open else ""}>'
        f"<summary>{text(title)}</summary>{inside}</details></td></tr>"
    )


def _is_a_row(whole):
    count = len(whole.blocks)
    return whole.edges == tuple((i, i + 1) for i in range(count - 1))
