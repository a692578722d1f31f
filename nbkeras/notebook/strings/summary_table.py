"""Words of model.summary() as a table."""

ROWS = {
    "layer": ("Layer (type)", "层（类型）"),
    "shape": ("Output shape", "输出形状"),
    "count": ("Params", "参数"),
    "inputs": ("Connected to", "连接到"),
    "trained": ("Trainable", "可训练"),
    "layers": ("{n} layers", "{n} 层"),
}
