"""Texts of the comparison of the losses' gradients."""

ROWS = {
    "title": (
        "Gradients of {n} losses on the weights they share ({rows} rows)",
        "{n} 个损失在共享权重上的梯度（{rows} 行）",
    ),
    "task": ("output", "输出"),
    "loss": ("loss", "损失"),
    "weight": ("weight", "权重"),
    "norm": ("norm × weight", "范数 × 权重"),
    "cosine": ("cosine of {first} and {second}", "{first} 与 {second} 的余弦"),
    "cosine_with": ("cosine with {name}", "与 {name} 的余弦"),
    "cosines": ("cosine", "余弦"),
    "layer": ("layer", "层"),
    "by_layer": ("Layer by layer", "逐层"),
    "agree": (
        "The gradients agree: no two losses pull in opposing directions.",
        "梯度一致：没有两个损失互相牵制。",
    ),
    "opposing": (
        "{first} and {second} pull the shared weights in opposing directions (cosine "
        "{cosine}): a step for one undoes part of the other. Try "
        'loss_weights="pcgrad", or fewer shared layers.',
        "{first} 与 {second} 在共享权重上方向相反（余弦 {cosine}）："
        "对一个的更新会抵消另一个的一部分。"
        '请试试 loss_weights="pcgrad"，或减少共享层。',
    ),
    "dominant": (
        "The gradient of {large} is {ratio} times that of {small}, so it decides where "
        'the shared weights go. Try loss_weights="uncertainty" or "gradnorm", or a '
        "smaller weight for {large}.",
        "{large} 的梯度是 {small} 的 {ratio} 倍，共享权重的走向由它决定。请试试 "
        'loss_weights="uncertainty" 或 "gradnorm"，或调小 {large} 的权重。',
    ),
}
