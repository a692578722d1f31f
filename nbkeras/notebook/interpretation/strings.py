"""Texts of the view of a model's mistakes."""

from nbkeras.analysis.interpretation import findings
from nbkeras.analysis.interpretation.findings import Kind

CHINESE_FINDINGS = {
    Kind.RENUMBERED: (
        "这些行的标签编号与训练时不同：标为 {first} 的多数被预测为 {second}，"
        "其他类别也是如此{shift}。请让各部分数据使用同样的编号（或 class_names）。"
    ),
    Kind.UNRELATED: (
        "相似的行标签相同的比例是 {agreement}，随机情况下是 {chance}："
        "标签与各行似乎对不上。请检查 x 和 y 是否被分别打乱或排序。"
    ),
    Kind.CHANCE: (
        "准确率 {accuracy} 不比随机（{chance}）好。请先查看一步训练："
        "nbkeras.xray(model, (x, y)) 会指出冻结或死亡的层、未缩放的输入、太小或太大的"
        "步长。如果它没有发现问题，请对训练数据用 interpret：如果同样不好，训练标签可"
        "能与各行对不上；如果好得多，则这些行的缩放或标签与训练时不同。"
    ),
    Kind.LARGEST_ONLY: (
        "{share} 的行标签是 {first}，一律回答它也能达到这样的准确率，"
        "所以准确率说明不了什么。"
        "{second} 的召回率是 {recall}。类别不平衡：请试试 fit(class_weight={{...}})，"
        "或增加小类别的数据。"
    ),
    Kind.RARE_LABEL: (
        "{share} 的行是 {first}，一律这样回答也能达到这样的准确率，"
        "所以准确率说明不了什么。"
        "{second} 的召回率是 {recall}。请增加带有该标签的数据，"
        "或为它选择低于 0.5 的阈值。"
    ),
    Kind.COLLAPSED: (
        "不管输入是什么，模型对 {share} 的行都回答 {first}。请查看一步训练："
        "nbkeras.xray(model, (x, y)) 会指出死亡或饱和的单元、只有一个类别的批次，"
        "以及太大的学习率。"
    ),
    Kind.UNDERCONFIDENT: (
        "模型的置信度（{confidence}）低于准确率（{accuracy}）。如果损失还在下降，请多"
        "训练几轮；否则是过强的 dropout、数据增强或正则化（nbkeras.xray 会指出），或重"
        "复的 softmax（nbkeras.lint 会指出）限制了它。"
    ),
    Kind.OVERCONFIDENT: (
        "模型的置信度（{confidence}）高于准确率（{accuracy}）。请对训练数据也用 "
        "interpret：如果那里的准确率高得多，就是过拟合，或者这些行、标签与训练时不同；"
        "如果同样低，就是输出过大（nbkeras.xray）。"
    ),
}

ROWS = {
    "title": ("Where is the model wrong?", "模型错在哪里？"),
    "findings": ("Findings", "发现"),
    "rows": ("{n} rows", "{n} 行"),
    "accuracy": ("Accuracy", "准确率"),
    "mistakes": ("Mistakes", "错误"),
    "suspects": ("Suspected labels", "可疑标签"),
    "ece": ("Calibration error", "校准误差"),
    "mae": ("Mean absolute error", "平均绝对误差"),
    "rmse": ("Root mean squared error", "均方根误差"),
    "bias": ("Bias", "偏差"),
    "r2": ("R²", "R²"),
    # Several labels a row.
    "exact_match": ("All labels right", "全部标签正确"),
    "of_label": ("Label looked at", "查看的标签"),
    "not_label": ("not {name}", "非 {name}"),
    "by_label": ("By label", "按标签"),
    "show_label": ("Look at {name}", "查看 {name}"),
    # Tabs.
    "tabs": ("Views", "视图"),
    "confusion": ("Confusion", "混淆矩阵"),
    "by_class": ("By class", "按类别"),
    "calibration": ("Calibration", "校准"),
    "features": ("Feature map", "特征图谱"),
    "residuals": ("Residuals", "残差"),
    # Confusion matrix.
    "matrix": (
        "Confusion matrix: labels in rows, predictions in columns",
        "混淆矩阵：行为标签，列为预测",
    ),
    "label": ("Label", "标签"),
    "predicted": ("Predicted", "预测"),
    "cell": (
        "{label} predicted as {predicted}: {n}",
        "{label} 预测为 {predicted}：{n}",
    ),
    "some_classes": (
        "The {n} classes with most mistakes, of {k}",
        "错误最多的 {n} 个类别（共 {k} 个）",
    ),
    # By class.
    "class": ("Class", "类别"),
    "precision": ("Precision", "精确率"),
    "recall": ("Recall", "召回率"),
    "f1": ("F1", "F1"),
    "support": ("Rows", "数量"),
    "show_class": ("Pictures of {name}", "{name}的图片"),
    "precision_help": (
        "Of those predicted as this class, the share that is right",
        "预测为该类别的样本中正确的比例",
    ),
    "recall_help": (
        "Of those of this class, the share that was found",
        "该类别的样本中被找到的比例",
    ),
    # Calibration.
    "reliability": (
        "Reliability diagram: confidence across, share of right answers up",
        "可靠性图：横轴为置信度，纵轴为正确比例",
    ),
    "bin": (
        "{n} rows at confidence {confidence}: {accuracy} right",
        "置信度 {confidence} 处 {n} 行：正确 {accuracy}",
    ),
    "calibration_help": (
        "On the diagonal, confidence is the share of right answers. Bars below it: the "
        "model is too sure.",
        "柱顶在对角线上，表示置信度等于正确的比例；低于对角线，表示模型过于自信。",
    ),
    # Feature map.
    "feature_map": (
        "Feature map: each point is a row, coloured by its label",
        "特征图谱：每个点是一行，按标签着色",
    ),
    "feature_help": (
        "Outputs of the layer {layer}. Points with a dark ring are mistakes; choose a "
        "point to see its picture.",
        "层 {layer} 的输出。带深色圈的点是错误；点击一个点查看图片。",
    ),
    "projection": ("Projection", "投影"),
    "pca": ("PCA", "PCA"),
    "tsne": ("t-SNE", "t-SNE"),
    "shares": (
        "The axes hold {first} and {second} of the variance.",
        "两个轴分别占方差的 {first} 和 {second}。",
    ),
    "tsne_help": (
        "Neighbours are alike; distances between groups mean little.",
        "相邻即相似；组与组之间的距离意义不大。",
    ),
    "no_features": (
        "No feature map: the model has no layer before its last one.",
        "没有特征图谱：模型在最后一层之前没有别的层。",
    ),
    "no_tsne": ("t-SNE needs scikit-learn.", "t-SNE 需要 scikit-learn。"),
    "computing": ("Computing…", "正在计算……"),
    "point": ("Row {name}: {label}", "第 {name} 行：{label}"),
    # Residuals.
    "dots": (
        "Predictions (up) against targets (across)",
        "预测（纵轴）与目标（横轴）",
    ),
    "histogram": (
        "Residuals, predictions less targets, from {low} to {high}",
        "残差（预测减目标），从 {low} 到 {high}",
    ),
    "worst": ("Largest residuals", "残差最大"),
    "target_line": (
        "target {target}, predicted {prediction}",
        "目标 {target}，预测 {prediction}",
    ),
    # Gallery.
    "gallery": ("Pictures", "图片"),
    "show": ("Show", "显示"),
    "source_mistakes": ("Mistakes, the most confident first", "错误，最自信的在前"),
    "source_suspects": (
        "Suspected labels, the clearest first",
        "可疑标签，最明显的在前",
    ),
    "source_unsure": ("All, the least confident first", "全部，最没把握的在前"),
    "source_sure": ("All, the most confident first", "全部，最有把握的在前"),
    "source_cell": ("{label} predicted as {predicted}", "{label} 预测为 {predicted}"),
    "source_class": ("All of {label}", "{label} 的全部"),
    "source_worst": ("Largest residuals", "残差最大"),
    "number_of": ("{n} rows", "{n} 行"),
    "previous": ("Previous", "上一页"),
    "next": ("Next", "下一页"),
    "page_of": ("Page {page} of {pages}", "第 {page} 页，共 {pages} 页"),
    "none_mistakes": ("No mistakes.", "没有错误。"),
    "none_suspects": (
        "No label is suspected.",
        "没有可疑标签。",
    ),
    "none_cell": ("There is no such row.", "没有这样的行。"),
    "card": (
        "{name}: label {label}, predicted {predicted} with {confidence}",
        "{name}：标签 {label}，预测 {predicted}，置信度 {confidence}",
    ),
    "suspects_rule": (
        "A label is suspected where the model's confidence in another class reaches "
        "what it has on average for that class, and is higher than in the label "
        "(confident learning). Judge by rows that the model was not trained on.",
        "如果模型对另一类别的置信度达到它对该类别的平均水平，并高于对标签的置信度，"
        "这个标签就可疑（置信学习）。请用模型未训练过的数据判断。",
    ),
    # One row.
    "code": ("Code for these corrections", "这些更正的代码"),
    "answer": ("Answer for {name}", "{name} 的答案"),
    "right_class": ("Right class", "正确类别"),
    "as_given": ("as labelled: {name}", "保持标签：{name}"),
    "leave_out": ("Leave out", "剔除"),
    "left_out": ("left out", "已剔除"),
    "corrected": ("now {name}", "改为 {name}"),
    "corrections": ("Corrections: {n}", "更正：{n}"),
    "no_corrections": (
        "Choose a picture to correct its label or to leave it out. That gives code; "
        "nothing is changed here.",
        "选择一张图片以更正标签或剔除它。这里只生成代码，不改动任何东西。",
    ),
    "discard": ("Discard corrections", "放弃更正"),
    "close_row": ("Close", "关闭"),
    "caption": (
        "{n} rows, accuracy {accuracy}, {mistakes} mistakes, calibration error {ece}, "
        "{suspects} suspected labels.",
        "{n} 行，准确率 {accuracy}，{mistakes} 个错误，"
        "校准误差 {ece}，{suspects} 个可疑标签。",
    ),
    "caption_numbers": (
        "{n} rows, mean absolute error {mae}, root mean squared error {rmse}, bias "
        "{bias}.",
        "{n} 行，平均绝对误差 {mae}，均方根误差 {rmse}，偏差 {bias}。",
    ),
}
SENTENCES = {
    f"finding_{kind}": (findings.SENTENCES[kind], chinese)
    for kind, chinese in CHINESE_FINDINGS.items()
}
