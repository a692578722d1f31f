"""Words of a shown batch."""

ROWS = {
    "batch": (
        "{n} of {total} pictures, {shape}, values {low} to {high}",
        "{total} 张图片中的 {n} 张，{shape}，取值 {low} 至 {high}",
    ),
    "unusual": (
        "an unusual range; shown stretched",
        "不常见的取值范围；已拉伸显示",
    ),
    "broken": ("{n} values are not finite", "{n} 个值不是有限数"),
    "gray": ("{n} channels: the first is shown", "{n} 个通道：显示第一个"),
    "integer": ("labels are class numbers", "标签为类别编号"),
    "binary": ("labels are 0 or 1", "标签为 0 或 1"),
    "one-hot": ("labels are one-hot", "标签为 one-hot 编码"),
    "several": ("several classes at once", "多标签"),
    "numbers": ("labels are numbers", "标签为数值"),
    "text": ("labels are texts", "标签为文本"),
    "picture": ("labels are pictures", "标签为图片"),
    "dict": ("several labels each", "每张有多个标签"),
    "none": ("no labels", "没有标签"),
    "number": ("picture {n}", "图片 {n}"),
}
