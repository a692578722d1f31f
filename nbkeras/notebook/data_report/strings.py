"""Texts of the report on an image folder."""

ROWS = {
    "title": ("Images in {folder}", "{folder} 中的图片"),
    "total": ("{n} images in {k} classes", "{n} 张图片，{k} 个类别"),
    "loose": ("Images, without class folders: {n}", "没有类别文件夹，图片数：{n}"),
    "empty": (
        "No images here. An image folder needs one folder for each class, with the "
        "images inside: data/train/cats/1.jpg.",
        "这里没有图片。图片文件夹应当每类一个子文件夹：data/train/cats/1.jpg。",
    ),
    "in_time": (
        "Opened {n} of {total} images in the given time; write seconds=600 for more.",
        "限定时间内打开了 {total} 张中的 {n} 张；可写 seconds=600 继续。",
    ),
    "class": ("class", "类别"),
    "pictures": ("images", "图片数"),
    "size": (
        "{name}: {low} to {high}, median {middle} pixels",
        "{name}：{low} 至 {high} 像素，中位数 {middle}",
    ),
    "one_size": ("{name}: {low} pixels", "{name}：{low} 像素"),
    "width": ("Width", "宽"),
    "height": ("Height", "高"),
    "kinds": ("Kinds: {kinds}", "格式：{kinds}"),
    "mean": ("Mean picture", "平均图"),
    "fine": ("No broken files, no duplicates.", "没有损坏或重复的文件。"),
    "broken": ("Files that cannot be read: {n}", "{n} 个文件无法读取"),
    "duplicates": ("Groups of identical files: {n}", "{n} 组完全相同的文件"),
    "across": (
        "Images in several classes, of which at most one is right: {n}",
        "{n} 张图片同时出现在多个类别中：其中有错误标签",
    ),
    "shared": (
        "Also in the validation folder, which makes the validation score too good: {n}",
        "{n} 张图片也在验证集中：得分会虚高",
    ),
    "unreadable": ("Folders that cannot be entered: {n}", "{n} 个文件夹无法进入"),
    "ignored": ("Not images: {kinds}", "非图片文件：{kinds}"),
    "uneven": (
        "The largest class has {ratio} times as many images as the smallest. To give "
        "classes equal weight, write:",
        "最大类的图片数是最小类的 {ratio} 倍。若要各类同等重要，可写：",
    ),
    "vacant": ("A class without images: {names}", "没有图片的类别：{names}"),
    "more": ("and {n} more", "另有 {n} 项"),
    # A shown batch.
    "batch": (
        "{n} of {total} images, {shape}, values {low} to {high}",
        "{total} 张图片中的 {n} 张，{shape}，取值 {low} 至 {high}",
    ),
    "unusual": (
        "an unusual range; rescaled for display",
        "不常见的取值范围；已拉伸显示",
    ),
    "not_finite": ("{n} values are not finite", "{n} 个值不是有限数"),
    "gray": ("{n} channels: the first is shown", "{n} 个通道：显示第一个"),
    "integer": ("labels are class numbers", "标签为类别编号"),
    "binary": ("labels are 0 or 1", "标签为 0 或 1"),
    "one-hot": ("labels are one-hot", "标签为 one-hot 编码"),
    "several": ("several classes at once", "多标签"),
    "numbers": ("labels are numbers", "标签为数值"),
    "text": ("labels are texts", "标签为文本"),
    "picture": ("labels are images", "标签为图片"),
    "dict": ("several labels each", "每张有多个标签"),
    "none": ("no labels", "没有标签"),
    "number": ("picture {n}", "图片 {n}"),
    # Galleries; the English texts are those of Keras.
    "true_class": ("Label: {name}", "标签：{name}"),
    "predicted_class": ("Pred: {name}", "预测：{name}"),
    "unknown_class": ("Unknown", "未知"),
    "true_boxes": ("Ground Truth", "真实框"),
    "predicted_boxes": ("Prediction", "预测框"),
}
