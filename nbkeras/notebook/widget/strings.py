"""Words that every widget may use."""

ROWS = {
    "copy": ("Copy", "复制"),
    "copied": ("Copied", "已复制"),
    "close": ("Close", "关闭"),
    "picture": ("Picture of {name}", "{name}的图"),
    "code": ("Code for what you see", "所见对应的代码"),
    "waiting": (
        "The kernel is busy; the answer will come.",
        "内核正忙，稍后会有回应。",
    ),
}
