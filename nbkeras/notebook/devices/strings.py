"""Texts of the list of devices."""

ROWS = {
    "devices": ("Devices", "设备"),
    "device": ("device", "设备"),
    "kind": ("kind", "类型"),
    "free": ("free memory", "可用内存"),
    "used": ("used by fit", "fit 使用"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "unknown": ("unknown", "未知"),
    "idle": (
        "{n} devices are idle. To use all, write before fit: {code}",
        "有 {n} 个设备闲置。要全部使用，请在 fit 之前写：{code}",
    ),
    "layers": (
        "Each layer by itself, forward and backward, {rows} rows",
        "逐层单独运行，前向加反向，{rows} 行",
    ),
    "layer": ("layer", "层"),
    "memory": ("memory, predicted", "内存（预测）"),
    "memory_measured": ("measured", "实测"),
    "time": ("time, predicted", "时间（预测）"),
    "time_measured": ("measured", "实测"),
    "total": ("sum", "合计"),
    "placement": (
        "Rows and weights on each device in the last fit",
        "上次训练中各设备上的行与权重",
    ),
    "rows": ("rows {start} to {stop}", "第 {start} 至 {stop} 行"),
    "row_axis": ("row of the batch", "批次中的行"),
    "padding": ("padding from row {n}", "从第 {n} 行起为填充"),
    "part": ("part of {path} {shape}", "{path} {shape} 的一部分"),
    "whole": ("all other weights are on every device", "其余权重在每个设备上都有"),
}
