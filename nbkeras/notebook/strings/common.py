"""Words that every widget may use."""

ROWS = {
    "copy": ("Copy", "复制"),
    "copied": ("Copied", "已复制"),
    "close": ("Close", "关闭"),
    "picture": ("Picture of {name}", "{name}的图"),
}
