"""Texts of the advice widget."""

ROWS = {
    "title": ("Advice", "建议"),
    "nothing": ("nothing to say", "没有建议"),
    "write": ("Write", "可写为"),
    "dismiss": ("Do not show this again for this model", "对此模型不再显示"),
    "dismiss.rule": ("Dismiss the advice {rule}", "关闭建议 {rule}"),
}
