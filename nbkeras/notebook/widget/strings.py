"""Texts shared by all widgets."""

ROWS = {
    # How a label and what it names are joined, and one sentence and the next.
    "labelled": ("{label}: {text}", "{label}：{text}"),
    "gap": (" ", ""),
    "full_stop": (".", "。"),
    "list_gap": ("; ", "；"),
    "copy": ("Copy", "复制"),
    "copied": ("Copied", "已复制"),
    "close": ("Close", "关闭"),
    "picture": ("Picture of {name}", "{name}的图"),
    "code": ("Code for what you see", "所见对应的代码"),
    "kernel_gone": (
        "This view is static: its kernel has ended. Run the cell again to continue.",
        "这是离开时的样子：计算它的内核已不在。重新运行本单元即可继续。",
    ),
    "waiting": (
        "The kernel is busy; the result will follow.",
        "内核正忙，稍后会有回应。",
    ),
}
