"""Texts of the view that explains answers."""

ROWS = {
    "title": ("Why this answer?", "为什么是这个答案？"),
    "why": ("Why {name}?", "为什么是{name}？"),
    "choose": ("Pictures", "图片"),
    "class": ("Class to explain", "要解释的类别"),
    "classes": ("Most confident classes", "最有把握的类别"),
    "predicted": ("predicted", "预测"),
    "baseline": ("Baseline", "基线"),
    "baseline_help": (
        "The picture without content: integrated gradients start from it, and "
        "occlusion and deletion fill with it",
        "没有内容的图片：积分梯度以它为起点，遮挡和删除用它填充",
    ),
    "black": ("black", "黑色"),
    "mean": ("mean colour", "平均色"),
    "blur": ("blurred", "模糊"),
    "array": ("own picture", "自定义图片"),
    "strength": ("Map strength", "热图强度"),
    "again": ("Compute again", "重新计算"),
    "again_help": (
        "With the weights that the model has now",
        "用模型现在的权重重新计算",
    ),
    "original": ("Picture", "图片"),
    "maps": ("Maps", "热图"),
    # Methods and what they do.
    "grad_cam": ("Grad-CAM", "Grad-CAM"),
    "gradients": ("Gradients", "梯度"),
    "smooth_grad": ("SmoothGrad", "SmoothGrad"),
    "integrated_gradients": ("Integrated gradients", "积分梯度"),
    "occlusion": ("Occlusion", "遮挡"),
    "help_grad_cam": (
        "Where the last convolution sees what speaks for the class",
        "最后一层卷积在何处看到支持该类别的内容",
    ),
    "help_gradients": (
        "How fast the score changes with each pixel",
        "每个像素变化时得分变化多快",
    ),
    "help_smooth_grad": (
        "The mean gradient of noisy copies",
        "加噪声后多个副本的平均梯度",
    ),
    "help_integrated_gradients": (
        "Each pixel's share of the way from the baseline's score to this one",
        "从基线得分到当前得分，每个像素所占的份额",
    ),
    "help_occlusion": (
        "How far the score falls when a window is covered",
        "遮住一个窗口后得分下降多少",
    ),
    "at_layer": ("layer {name}", "层 {name}"),
    # Curves.
    "deletion": ("Deletion", "删除"),
    "insertion": ("Insertion", "插入"),
    "deletion_area": ("area {value}, lower is better", "面积 {value}，越低越好"),
    "insertion_area": ("area {value}, higher is better", "面积 {value}，越高越好"),
    "curve_text": (
        "{what}: from {first} to {last}, area {value}",
        "{what}：从 {first} 到 {last}，面积 {value}",
    ),
    "random_band": (
        "Grey bands are five random orders of pixels: a faithful map falls below in "
        "deletion (↓ lower is better) and rises above in insertion (↑ higher is "
        "better).",
        "灰色带是五种随机的像素顺序：可信的热图在删除时低于它（↓ 越低越好），"
        "在插入时高于它（↑ 越高越好）。",
    ),
    "random_weights": ("Random weights", "随机权重"),
    "random_weights_help": (
        "Rank correlation with the map of shuffled weights: near 1, the map shows the "
        "picture and not the model",
        "与打乱权重后热图的秩相关：接近 1 说明热图反映的是图片而不是模型",
    ),
    "gap": ("Sum minus score difference", "热图总和与得分差的误差"),
    # Verdicts.
    "faithful": ("Faithful", "可信"),
    "partly": ("Partly faithful", "部分可信"),
    "no better than random": ("No better than random", "不比随机好"),
    "empty": ("No pixel counts", "没有起作用的像素"),
    "insensitive": (
        "Hardly depends on the weights",
        "几乎不依赖权重",
    ),
    "help_faithful": (
        "Deletion and insertion are both better than each random order",
        "删除与插入都优于每一种随机顺序",
    ),
    "help_partly": (
        "Only deletion or only insertion is better than each random order",
        "只有删除或只有插入优于每一种随机顺序",
    ),
    "help_no better than random": (
        "This map explains nothing: random orders of pixels do as well",
        "这张热图什么也没解释：随机的像素顺序也一样好",
    ),
    "help_empty": (
        "The method finds nothing that speaks for this class",
        "该方法没有找到支持该类别的内容",
    ),
    # State.
    "computing": ("Computing: {done} of {total}", "正在计算：{done}/{total}"),
    "ready": ("{n} maps of picture {i}", "第 {i} 张图片的 {n} 张热图"),
    "pending": ("computing…", "计算中……"),
    "score_line": (
        "Confidence {confidence}, {unit} {score}; baseline {baseline}",
        "置信度 {confidence}，{unit} {score}；基线 {baseline}",
    ),
    "value_line": (
        "Output {score}; baseline {baseline}",
        "输出 {score}；基线 {baseline}",
    ),
    "logit": ("logit", "logit"),
    "output": ("output", "输出"),
    "no_grad_cam": (
        "Grad-CAM needs a convolution whose output is a map of positions; the output "
        "depends on none.",
        "Grad-CAM 需要输出为特征图的卷积层；该输出不依赖这样的层。",
    ),
    "caption": (
        "Why {name} ({confidence})? {maps}",
        "为什么是{name}（{confidence}）？{maps}",
    ),
    "caption_map": (
        "{method}: deletion {deletion}, insertion {insertion}, {verdict}",
        "{method}：删除 {deletion}，插入 {insertion}，{verdict}",
    ),
}
