"""Texts of guesses."""

ROWS = {
    "guess": ("your guess", "你的猜测"),
    "result": ("result", "结果"),
    "no_guess": ("no guess yet", "还没有猜"),
    "write_number": (
        "Write a number from {low} to {high} in place of None, and run the cell again.",
        "请把 None 换成 {low} 到 {high} 之间的一个数，再运行本单元。",
    ),
    "write_choice": (
        "Write one of these in place of None, and run the cell again: {options}",
        "请把 None 换成其中之一，再运行本单元：{options}",
    ),
    "written": (
        "Written down: {value}. Now look.",
        "记下了：{value}。现在来看结果。",
    ),
    "open": (
        "A guess makes you see more: write one in the cell above, and run both again.",
        "先猜再看，收获更多：请在上面的单元里写下猜测，再把两个单元都运行一遍。",
    ),
    "right": ("Exactly right.", "完全正确。"),
    "close": ("Very close.", "非常接近。"),
    "rough": ("Roughly right.", "大致不错。"),
    "far": (
        "A surprise! What did you expect to happen, and what happened instead?",
        "出乎意料！你原以为会怎样？实际又是怎样？",
    ),
}
