"""Texts of the view into a network."""

ROWS = {
    "title": ("Inside the network", "网络内部"),
    "picture_row": ("picture", "图片"),
    "picture": ("Picture of {name}", "{name}的图"),
    # Where the picture comes from.
    "source": ("Picture", "图片"),
    "choose": ("Pictures", "图片"),
    "draw": ("Draw", "手绘"),
    "drawn": (
        "Drawing area: draw with the mouse, or by keys: arrows move the pen, Enter "
        "lowers and lifts it",
        "绘图区：用鼠标绘制；也可用方向键移动画笔，按回车键落笔或抬笔",
    ),
    "pen_keys": (
        "By keys: arrows move the pen, Enter lowers and lifts it.",
        "用键盘：方向键移动画笔，回车键落笔或抬笔。",
    ),
    "pen_down": ("pen down", "已落笔"),
    "pen_up": ("pen up", "已抬笔"),
    "clear": ("Clear", "清空"),
    "invert": ("Dark on light", "浅底深字"),
    "upload": ("Upload", "上传"),
    "camera": ("Camera", "摄像头"),
    "take": ("Take the picture", "拍照"),
    "stop_camera": ("Close the camera", "关闭摄像头"),
    "no_camera": (
        "The camera cannot be used: {why}. Allow it in the browser, or upload a "
        "picture.",
        "无法使用摄像头：{why}。请在浏览器中允许，或上传图片。",
    ),
    "not_a_picture": (
        "This file cannot be read as a picture. Choose a PNG or JPEG file.",
        "此文件无法作为图片读取。请选择 PNG 或 JPEG 文件。",
    ),
    "yours": ("your picture", "你的图片"),
    "empty": (
        "Draw here, upload a picture or use the camera.",
        "请在此手绘，或上传图片，或使用摄像头。",
    ),
    "seen_as": (
        "{width} × {height} pixels, values {low} to {high}",
        "{width} × {height} 像素，取值 {low} 至 {high}",
    ),
    "skipped": ("{n} files cannot be read:", "{n} 个文件无法读取："),
    # The answer.
    "answer": ("Answer", "回答"),
    "score": ("Scores", "得分"),
    "probability": ("Probabilities", "概率"),
    "of_all": ("the {n} largest of {all}", "{all} 个中最大的 {n} 个"),
    "was": (
        "{name}: {value}, with all channels on {base}",
        "{name}：{value}，全部通道打开时 {base}",
    ),
    "is": ("{name}: {value}", "{name}：{value}"),
    "answer_map": (
        "The output is a picture itself: see the last row.",
        "输出本身是图片：见最后一行。",
    ),
    "holds": (
        "Checked: equal to model.predict (difference {d})",
        "已核对：与 model.predict 一致（相差 {d}）",
    ),
    "holds_model": (
        "Checked: equal to the model in training (difference {d})",
        "已核对：与训练中的模型一致（相差 {d}）",
    ),
    "not_checked": (
        "Will be compared with model.predict when you pause.",
        "停止操作后将与 model.predict 核对。",
    ),
    "differs": (
        "The layers called one by one give a different answer from model.predict "
        "(difference {d}). Do not trust the numbers of this view.",
        "逐层计算的结果与 model.predict 不同（相差 {d}）。请勿相信此视图中的数字。",
    ),
    # Rows and tiles.
    "layers": ("Layers", "各层"),
    "scale": ("Color scale", "颜色尺度"),
    "by_layer": ("whole layer", "整层统一"),
    "by_tile": ("each channel", "每个通道"),
    "row_name": ("{name}, {kind}, output {shape}", "{name}，{kind}，输出 {shape}"),
    "open_row": ("Show the channels of {name}", "展开 {name} 的通道"),
    "close_row": ("Hide the channels of {name}", "收起 {name} 的通道"),
    "tile": ("{name}, channel {n}", "{name}，通道 {n}"),
    "unit": ("{name}, unit {n}", "{name}，单元 {n}"),
    "off_mark": ("off", "已关闭"),
    "more": ("{n} more", "再显示 {n} 个"),
    "unchanged": ("passes its input on unchanged", "原样传递输入"),
    "nothing": ("no pictures and no units to show", "没有可显示的图或单元"),
    "channels_off": ("channels off: {n}", "已关闭通道：{n}"),
    "all_on": ("Switch all on", "全部打开"),
    # What is looked at.
    "inspector": ("Selected channel", "选中的通道"),
    "choose_tile": (
        "Click a tile to look at a channel; arrow keys move between tiles. Then point "
        "at a pixel to see how its number was computed.",
        "点击小图查看一个通道；方向键在小图之间移动。再指向一个像素，查看其数值的由来。",
    ),
    "map": (
        "Pixels of {name}; arrow keys move the pixel",
        "{name} 的像素；方向键移动像素",
    ),
    "switch_off": ("Switch off", "关闭通道"),
    "switch_on": ("Switch on", "打开通道"),
    "kernel": ("Kernel", "卷积核"),
    "kernel_of": (
        "Kernel, {height} × {width}, its {n} channels of most weight",
        "卷积核 {height} × {width}，权重最大的 {n} 个通道",
    ),
    "point_first": ("Point at a pixel of the map.", "请指向图中的一个像素。"),
    "at": ("row {row}, column {column}", "第 {row} 行第 {column} 列"),
    "value": ("Value", "数值"),
    # Arithmetic.
    "arithmetic": ("How this number was computed", "此数值的由来"),
    "channel": ("channel {n}", "通道 {n}"),
    "from_channel": ("from channel {n}", "来自通道 {n}"),
    "input": ("input", "输入"),
    "weight": ("weight", "权重"),
    "product": ("product", "乘积"),
    "window_sum": ("sum {value}", "和 {value}"),
    "rest": (
        "{n} more, together {value}",
        "其余 {n} 个，合计 {value}",
    ),
    "window_of": (
        "{height} × {width} numbers from row {row}, column {column}",
        "{height} × {width} 个数，自第 {row} 行第 {column} 列起",
    ),
    "padding_cell": ("padding", "填充"),
    "agrees": (
        "Recomputed: {value}. It agrees with the network.",
        "重新计算：{value}，与网络一致。",
    ),
    "disagrees": (
        "Recomputed: {value}, but the network computed {shown}.",
        "重新计算：{value}，而网络算得 {shown}。",
    ),
    "unknown": (
        "The arithmetic of this kind of layer is not known here; the number is what it "
        "computed.",
        "此处不知道这类层的计算方法；所示为该层算得的数值。",
    ),
    "is_input": ("A value of the picture itself.", "图片本身的一个数值。"),
    "step_sum": ("sum of the products", "乘积之和"),
    "step_bias": ("bias", "偏置"),
    "step_score": ("sum + bias", "和 + 偏置"),
    "step_input": ("input", "输入"),
    "step_mean": ("mean", "均值"),
    "step_variance": ("variance", "方差"),
    "step_mean square": ("mean square", "均方"),
    "step_epsilon": ("epsilon", "epsilon"),
    "step_gamma": ("gamma", "gamma"),
    "step_beta": ("beta", "beta"),
    "step_result": ("result", "结果"),
    "step_maximum": ("largest", "最大值"),
    "step_count": ("how many", "个数"),
    "step_largest": ("largest score", "最大得分"),
    "step_total": ("sum of exp(score − largest)", "exp(得分 − 最大得分) 之和"),
    "step_copy": ("copied from the input", "由输入复制"),
    "step_part": ("from input number", "来自第几个输入"),
    "step_padding": ("padding", "填充"),
    "step_switched off": ("switched off", "已关闭"),
    "step_scale": ("scale", "缩放"),
    "step_offset": ("offset", "偏移"),
    "step_slope": ("slope below zero", "负半轴斜率"),
    "step_add": ("sum", "和"),
    "step_multiply": ("product", "积"),
    "step_subtract": ("difference", "差"),
    "step_average": ("mean", "均值"),
    "norm_formula": (
        "(input − mean) / √(variance + epsilon) × gamma + beta",
        "(输入 − 均值) / √(方差 + epsilon) × gamma + beta",
    ),
    "softmax_formula": (
        "exp(score − largest) / sum over all scores",
        "exp(得分 − 最大得分) / 对全部得分求和",
    ),
    "reach": (
        "It depends on {height} × {width} pixels of the picture (framed).",
        "它取决于图片中 {height} × {width} 个像素（已框出）。",
    ),
    # Training.
    "live_begun": (
        "The network is in training; this view follows it.",
        "网络正在训练，此视图随之更新。",
    ),
    "live_ended": ("The training has ended.", "训练已结束。"),
    "live": (
        "Training: epoch {epoch}, step {step}",
        "训练中：第 {epoch} 轮，第 {step} 步",
    ),
    # The static picture.
    "caption": (
        "{n} layers, and one picture in each.",
        "同一张图片在 {n} 层中的样子。",
    ),
    "caption_answer": ("The largest output is {name}.", "最大的输出是 {name}。"),
}
