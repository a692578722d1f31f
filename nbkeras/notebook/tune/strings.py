"""Texts of the hyperparameter search."""

ROWS = {
    "title": ("Hyperparameter search", "超参数搜索"),
    "searching": ("Searching", "正在搜索"),
    "paused": ("Paused", "已暂停"),
    "seconds": ("The time is used up", "时间已用完"),
    "trials": ("All trials are done", "试验次数已用完"),
    "stopped": ("Stopped", "已停止"),
    "failed": ("Ended by an error", "因错误结束"),
    "pause": ("Pause", "暂停"),
    "resume": ("Resume", "继续"),
    "stop": ("Stop", "停止"),
    "stopping": ("Stopping", "正在停止"),
    "budget": ("Budget used", "已用预算"),
    "empty": ("Building the first model", "正在建立第一个模型"),
    "best": (
        "Best {objective}: {value}, in trial {n}. "
        "{count} trials, {pruned} ended early.",
        "{objective} 最佳：{value}（第 {n} 次试验）。"
        "共 {count} 次试验，{pruned} 次提前结束。",
    ),
    "time": ("{used} of {budget} s", "{used} / {budget} 秒"),
    "count": ("{used} of {budget} trials", "{used} / {budget} 次试验"),
    "history": ("{objective} of each trial", "每次试验的 {objective}"),
    "history_help": (
        "Arrow keys choose a trial.",
        "方向键选择试验。",
    ),
    "so_far": ("best so far", "目前最佳"),
    "parallel": ("Hyperparameters and what they gave", "超参数与结果"),
    "parallel_help": (
        "Drag along an axis to keep only trials in that range.",
        "沿坐标轴拖动，只保留该范围内的试验。",
    ),
    "axis": (
        "{name}: from {low} to {high}. Up and Down move the range, with Shift its "
        "lower end; Escape shows all.",
        "{name}：{low} 至 {high}。上下键移动范围，按住 Shift 移动下端；Esc 显示全部。",
    ),
    "axis_choice": (
        "{name}: {value}. Up and Down choose a value, Escape shows all.",
        "{name}：{value}。上下键选择取值，Esc 显示全部。",
    ),
    "every": ("all values", "全部取值"),
    "clear": ("Show all trials", "显示全部试验"),
    "kept": ("{n} of {count} trials", "{count} 次试验中的 {n} 次"),
    "importances": ("What matters most", "哪个最重要"),
    "importances_empty": (
        "Importances need four completed trials.",
        "完成四次试验后显示重要性。",
    ),
    "table": ("All trials", "全部试验"),
    "number": ("Trial", "试验"),
    "status": ("Status", "状态"),
    "time_s": ("Seconds", "秒"),
    "trial_running": ("running", "进行中"),
    "trial_completed": ("completed", "完成"),
    "trial_pruned": ("ended early", "提前结束"),
    "trial_stopped": ("stopped", "已停止"),
    "trial_failed": ("failed", "失败"),
    "trial": (
        "Trial {n}, {status}: {objective} {value}",
        "第 {n} 次试验，{status}：{objective} {value}",
    ),
    "trial_none": ("Trial {n}, {status}", "第 {n} 次试验，{status}"),
    "code": ("Code for the best model", "最佳模型的代码"),
    "caption": (
        "Hyperparameter search: {count} trials, "
        "best {objective} {value} with {params}.",
        "超参数搜索：{count} 次试验，{objective} 最佳为 {value}，{params}。",
    ),
    "caption_none": (
        "Hyperparameter search: no trial has finished an epoch.",
        "超参数搜索：还没有试验完成一轮。",
    ),
}
