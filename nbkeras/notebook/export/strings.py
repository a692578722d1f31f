"""Texts of exported pages."""

ROWS = {
    "no_kernel": (
        "This page has no kernel: what is computed anew needs a running kernel. Open "
        "the notebook in JupyterLab for that.",
        "本页没有内核：需要重新计算的部分要在运行的内核中才能用。"
        "请在 JupyterLab 中打开笔记本。",
    ),
    "broken": (
        "This view cannot be drawn from what was saved: {why}",
        "无法用保存的内容画出此视图：{why}",
    ),
}
SENTENCES = {
    "other_widget": (
        "A widget of another package was here; it needs a running kernel.",
        "此处原有其他软件包的控件，它需要运行的内核。",
    ),
    "noscript": (
        "Without JavaScript, this page displays the saved pictures only.",
        "未启用 JavaScript，本页只显示保存的图片。",
    ),
}
