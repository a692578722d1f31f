"""Texts of the learning-rate finder."""

ROWS = {
    "title": ("Learning rate", "学习率"),
    "searching": (
        "Trying increasing learning rates",
        "正在尝试越来越高的学习率",
    ),
    "suggested": (
        "Suggested learning rate: {rate}, where the loss falls fast. It is lowest at "
        "{lowest}; above that, steps are too large.",
        "建议学习率：{rate}，此处损失下降得快；在 {lowest} 处最低，再大则步长过大。",
    ),
    "flat": (
        "The loss never fell, so no learning rate is suggested. Check the data and the "
        "loss, or search a wider range.",
        "损失没有下降，无法推荐学习率。请检查数据和损失，或扩大搜索范围。",
    ),
    "blown up": ("Ended where the loss diverged.", "在损失发散处结束。"),
    "not finite": (
        "Ended where the loss became NaN or infinite.",
        "在损失变为 NaN 或无穷处结束。",
    ),
    "stopped": ("Stopped.", "已停止。"),
    "out of data": ("Ended at the end of the data.", "数据用完，结束。"),
    "top": ("Ended at the highest learning rate.", "到达最高学习率，结束。"),
    "untouched": (
        "The model, its optimizer and the random state are unchanged.",
        "模型、优化器和随机状态与之前完全相同。",
    ),
    "stop": ("Stop", "停止"),
    "use": ("Use {rate}", "使用 {rate}"),
    "used": (
        "The optimizer now has the learning rate {rate}.",
        "优化器的学习率现为 {rate}。",
    ),
    "chart": (
        "Loss against learning rate. A click pins a rate, the button sets it; with "
        "the keyboard, arrow keys choose one, Enter pins it, Escape releases it.",
        "损失随学习率的变化。点击选定学习率，按钮使其生效；键盘方向键选择，"
        "回车选定，Esc 取消。",
    ),
    "at": ("{rate}: loss {loss}", "{rate}：损失 {loss}"),
    "suggestion": ("suggestion", "建议"),
    "rate": ("learning rate", "学习率"),
    "loss": ("loss", "损失"),
    "caption": (
        "Loss at {n} learning rates from {low} to {high}. {words}",
        "{n} 个学习率（{low} 至 {high}）下的损失。{words}",
    ),
    "empty": ("Waiting for the first steps", "等待最初几步"),
}
