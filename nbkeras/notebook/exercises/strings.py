"""Texts of tasks, reports and the list of exercises."""

ROWS = {
    "exercise": ("Exercise {name}", "练习 {name}"),
    "passed": ("done", "完成"),
    "failed": ("not yet", "还没有"),
    "solved": ("Solved: every goal is reached.", "做对了：所有目标都达到了。"),
    "open": ("{done} of {all} goals reached.", "{all} 个目标已达到 {done} 个。"),
    "unusable": ("Not judged yet.", "还不能检查。"),
    "hint": ("Hint {n}", "提示 {n}"),
    "more_hints": (
        "Another attempt reveals another hint ({n} left).",
        "再试一次会出现下一条提示（还有 {n} 条）。",
    ),
    "footer": ("Attempt {n} · data of {student}", "第 {n} 次尝试 · {student} 的数据"),
    "cell_gets": ("The cell gets", "单元里已有"),
    "cell_sets": ("The cell sets", "单元里要写出"),
    "begin": ("Begin a cell with", "单元的第一行写"),
    "topic": ("Topic", "主题"),
    "name": ("Name", "名字"),
    "title": ("What to do", "内容"),
    "state": ("State", "状态"),
    "is_solved": ("solved", "做对了"),
    "is_tried": ("attempts: {n}", "试过 {n} 次"),
    "is_new": ("", ""),
    "list": ("Exercises", "练习"),
}

SENTENCES = {
    "usage": (
        "%%exercise needs the name of one exercise; `%exercise` lists them. Write for "
        "example %%exercise {name}",
        "%%exercise 需要一道练习的名字；`%exercise` 列出所有练习。例如写 "
        "%%exercise {name}",
    ),
    "no_option": (
        "%%exercise has no option {option}. It takes --student NAME, and %exercise "
        "takes --submit.",
        "%%exercise 没有选项 {option}。可用的是 --student NAME，%exercise 还可用 "
        "--submit。",
    ),
    "submit_usage": (
        "--submit needs the name of one exercise. Write for example %exercise "
        "first_network --submit",
        "--submit 需要一道练习的名字。例如写 %exercise first_network --submit",
    ),
    "submitted": (
        "Written: {path}. This is the file to hand in.",
        "已写好：{path}。交这份文件就可以。",
    ),
    "student": (
        "From now on the data are those of {student}.",
        "从现在起使用 {student} 的数据。",
    ),
}
