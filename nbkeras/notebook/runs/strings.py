"""Texts of the table of recorded runs."""

ROWS = {
    "title": ("Runs in {folder}", "{folder} 中的训练记录"),
    "count": ("{shown} of {all}", "{all} 次中的 {shown} 次"),
    "filter": ("Filter", "筛选"),
    "filter_hint": ("adam, seed:7, completed", "adam, seed:7, completed"),
    "metric": ("Curve", "曲线"),
    "draw_all": ("Draw all", "全部画出"),
    "draw_none": ("Draw none", "都不画"),
    "log": ("Log scale", "对数刻度"),
    "refresh": ("Read again", "重新读取"),
    "chart": ("{metric} of {n} runs over epochs", "{n} 次训练的 {metric}，横轴为轮数"),
    "at_epoch": ("epoch {epoch}", "第 {epoch} 轮"),
    "no_curve": (
        "No run that is drawn has this curve. Choose another curve, or draw more runs.",
        "所画的训练都没有这条曲线。请选择别的曲线，或多画几次训练。",
    ),
    "none": (
        "No runs yet. Record one: model.fit(x, y, record={folder})",
        "还没有训练记录。记录一次：model.fit(x, y, record={folder})",
    ),
    "no_match": (
        "No run matches this filter. Clear it to see all {all}.",
        "没有符合筛选条件的训练。清空即可看到全部 {all} 次。",
    ),
    "table": ("Table of runs", "训练列表"),
    "draw": ("Draw {name}", "画出 {name}"),
    "run": ("Run", "训练"),
    "status": ("Status", "状态"),
    "epochs": ("Epochs", "轮数"),
    "best": ("Best {metric}", "最佳 {metric}"),
    "best_epoch": ("in epoch", "在第几轮"),
    "best_of_all": ("best of all", "全部中最佳"),
    "open": ("Open", "打开"),
    "open_run": ("Open {name} as a dashboard", "在仪表板中打开 {name}"),
    "close_run": ("Close", "关闭"),
    "same": ("The same in all", "各次训练相同的设置"),
    "unreadable": ("Files that could not be read: {n}", "无法读取的文件：{n}"),
    "cut": (
        "Older runs are not shown; the newest {all} are.",
        "更早的训练没有显示；这里是最新的 {all} 次。",
    ),
    "completed": ("Done", "已完成"),
    "stopped": ("Stopped", "已停止"),
    "interrupted": ("Interrupted", "已中断"),
    "failed": ("Failed", "出错"),
}

SENTENCES = {
    "caption": (
        "{n} runs in {folder}. {best}",
        "{folder} 中的 {n} 次训练。{best}",
    ),
    "caption_best": (
        "Best {metric}: {value} by {name} in epoch {epoch}.",
        "最佳 {metric}：{name} 在第 {epoch} 轮达到 {value}。",
    ),
    "caption_none": ("Nothing was recorded yet.", "还没有任何记录。"),
    "epoch": ("epoch", "轮"),
    "gone": (
        "{name} can no longer be read: {why}",
        "{name} 已无法读取：{why}",
    ),
}
