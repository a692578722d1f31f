"""Texts of xray and of the dashboard's panel of layers."""

ROWS = {
    "title": ("One training step, layer by layer", "一步训练，逐层查看"),
    "step": (
        "{rows} rows · loss {loss} · learning rate {rate}",
        "{rows} 行 · 损失 {loss} · 学习率 {rate}",
    ),
    "step_no_rate": ("{rows} rows · loss {loss}", "{rows} 行 · 损失 {loss}"),
    "table": ("Layers of the step", "这一步的各层"),
    "layer": ("Layer", "层"),
    "outputs": ("Activations", "激活值"),
    "gradients": ("Gradient", "梯度"),
    "updates": ("Update / weight", "更新 / 权重"),
    "usual": ("shaded: the usual range", "阴影：通常的范围"),
    "range": ("{low} to {high}", "{low} 到 {high}"),
    "histogram": (
        "activations from {low} to {high}, mean {mean}",
        "激活值从 {low} 到 {high}，均值 {mean}",
    ),
    "is_dead": ("{share} dead", "{share} 死亡"),
    "is_saturated": ("{share} saturated", "{share} 饱和"),
    "is_zero": ("{share} zero", "{share} 为零"),
    "is_frozen": ("frozen", "已冻结"),
    "is_not_finite": ("not finite", "非有限值"),
    "no_weights": ("no weights", "无权重"),
    "more": ("and {n} more layers without weights", "另有 {n} 个无权重的层"),
    "no_layers": ("This model has no layers to show.", "这个模型没有可显示的层。"),
}

SENTENCES = {
    "healthy": (
        "Nothing stands out: activations, gradients and updates are of usual sizes.",
        "没有异常：激活值、梯度和更新的大小都正常。",
    ),
    "not_finite": (
        "NaN or infinite values begin in {layers}. Try a smaller learning rate, check "
        "the data for NaN, or clip gradients: Adam(clipnorm=1.0).",
        "NaN 或无穷大最先出现在 {layers}。请调小学习率，检查数据中是否有 NaN，"
        "或裁剪梯度：Adam(clipnorm=1.0)。",
    ),
    "not_finite_loss": (
        "The loss is NaN or infinite, while all layers are finite. Check the targets "
        "for NaN, and that the loss suits the last activation.",
        "损失为 NaN 或无穷大，而各层的值都是有限的。请检查目标中是否有 NaN，"
        "以及损失函数是否适合最后的激活函数。",
    ),
    "unscaled": (
        "{layers} gets inputs up to {size}: they are not scaled. Try Rescaling(1 / "
        "255) for images, or a Normalization layer, as the first layer.",
        "{layers} 的输入高达 {size}，没有缩放。图像请用 Rescaling(1 / 255)，"
        "或以 Normalization 作为第一层。",
    ),
    "tiny_inputs": (
        "{layers} gets inputs of at most {size}, so that they hardly count: they may "
        "have been scaled twice. Scale them to about 1: x / x.max(), or a "
        "Normalization layer as the first layer.",
        "{layers} 的输入最大只有 {size}，几乎不起作用：可能缩放了两次。"
        "请缩放到 1 左右：x / x.max()，或以 Normalization 作为第一层。",
    ),
    "alike": (
        "All units of {layers} are equal, so they learn the same. Its initial weights "
        "are constant: try kernel_initializer='glorot_uniform'.",
        "{layers} 的所有单元都相同，学到的东西也相同，因为初始权重是常数。"
        "请试试 kernel_initializer='glorot_uniform'。",
    ),
    "large_weights": (
        "The weights of {layers} are very large: {times} times those of "
        "kernel_initializer='he_normal'. Outputs explode or saturate. Try the default "
        "initializer, or BatchNormalization; if they grew in training, a smaller "
        "learning rate.",
        "{layers} 的权重非常大：是 kernel_initializer='he_normal' 的 {times} 倍。"
        "输出会爆炸或饱和。请用默认的初始化方法，或 BatchNormalization；"
        "如果是在训练中变大的，请调小学习率。",
    ),
    "one_class": (
        "All {rows} rows of this batch have the label {label}: the rows are sorted by "
        "class. If fit takes them so (shuffle=False), each batch unlearns the one "
        "before. Try shuffle=True, or shuffle the rows first.",
        "这一批的 {rows} 行都是类别 {label}：数据按类别排过序。如果 fit 也按这个顺序取"
        "（shuffle=False），每学一批就会忘掉前一批。请用 shuffle=True，或先打乱各行。",
    ),
    "penalty": (
        "{share} of the loss is the penalty of the regularizers, so the step shrinks "
        "weights instead of learning. Try a regularization factor (L2) a hundred times "
        "smaller.",
        "损失中有 {share} 来自正则化惩罚项，所以这一步是在缩小权重，而不是在学习。"
        "请把正则化系数（L2）降到百分之一。",
    ),
    "decay": (
        "Weight decay shrinks all weights by {share} in this one step. Try a "
        "weight_decay a hundred times smaller; 0.004 is usual.",
        "权重衰减在这一步里把所有权重缩小 {share}。请把 weight_decay 降到百分之一；"
        "常用值是 0.004。",
    ),
    "augmentation": (
        "The augmentation ({layers}) destroys the class, it seems: a row and the row "
        "most like it share their label in {agreement} of the cases, an augmented row "
        "only in {augmented} (by chance in {chance}). Try weaker augmentation, "
        "and look at it with nbkeras.preview.",
        "数据增强（{layers}）似乎破坏了类别：一行与最像它的行标签相同的比例是 "
        "{agreement}，增强后只有 {augmented}（随机情况下是 {chance}）。请减弱数据增强，"
        "并用 nbkeras.preview 查看。",
    ),
    "random": (
        "With {layers} active, as in training, {training} of the rows are predicted "
        "correctly, and {rest} without: this noise is strong enough to destroy what "
        "tells the classes apart. Try a smaller rate of dropout, or weaker "
        "augmentation.",
        "像训练时那样启用 {layers}，有 {training} 的行预测正确，不启用时是 {rest}："
        "这种随机性太强，破坏了区分类别的信息。请调小 dropout 的比例，或减弱数据增强。",
    ),
    "exploding": (
        "Values explode in {layers}: {size}. Try a smaller learning rate, "
        "kernel_initializer='he_normal', BatchNormalization, or Adam(clipnorm=1.0).",
        "{layers} 中的数值爆炸，达到 {size}。请试试更小的学习率、"
        "kernel_initializer='he_normal'、BatchNormalization 或 Adam(clipnorm=1.0)。",
    ),
    "dead": (
        "{share} of the units of {layers} are 0 for every row: dead, and they do not "
        "learn. Try a smaller learning rate, LeakyReLU, or other initializers of "
        "kernel and bias.",
        "{layers} 有 {share} 的单元对每一行都输出 0：已经死亡，不再学习。"
        "请试试更小的学习率、LeakyReLU，或换一种 kernel 和 bias 的初始化方法。",
    ),
    "saturated": (
        "{share} of the values of {layers} are at the ends of the activation, where "
        "the gradient is almost 0. Try scaled inputs, relu, or BatchNormalization.",
        "{layers} 有 {share} 的值处在激活函数两端的饱和区，那里梯度几乎为 0。"
        "请试试缩放输入、改用 relu 或加上 BatchNormalization。",
    ),
    "no_gradient": (
        "No gradient reaches {layers}: the loss does not depend on what comes out "
        "there, or a later layer passes nothing on. Check how the layers are "
        "connected.",
        "梯度传不到 {layers}：损失与其输出无关，或后面的某一层不传递梯度。"
        "请检查各层的连接。",
    ),
    "vanishing": (
        "The gradient vanishes: it is {times} times smaller in {layers} than at the "
        "end. Try relu in place of sigmoid or tanh, BatchNormalization, or a residual "
        "connection.",
        "梯度消失：{layers} 中的梯度只有末层的 {times} 分之一。请用 relu 代替 sigmoid "
        "或 tanh，或试试 BatchNormalization、残差连接。",
    ),
    "step_large": (
        "The step is too large: it changes weights by {share} (usual is about 0.1 %). "
        "Try a learning rate {times} times smaller.",
        "步长太大：权重变化了 {share}（通常约 0.1 %）。请把学习率降到 {times} 分之一。",
    ),
    "step_small": (
        "The step is very small: it changes weights by {share} (usual is about 0.1 %). "
        "Try a learning rate a thousand times as large.",
        "步长太小：权重只变化了 {share}（通常约 0.1 %）。请把学习率调大一千倍试试。",
    ),
    "clipped": (
        "Clipping makes the gradient {times} times smaller (clipnorm={clipnorm}), so "
        "that the step changes weights by only {share}. Try clipnorm=1.0.",
        "梯度裁剪把梯度缩小到 {times} 分之一（clipnorm={clipnorm}），"
        "这一步只让权重变化 {share}。请用 clipnorm=1.0。",
    ),
    "frozen": (
        "Frozen (trainable=False), and so not updated: {layers}. If that is not "
        "intended, set trainable=True and compile again.",
        "{layers} 已冻结（trainable=False），不会更新。如果不是有意冻结，"
        "请设 trainable=True 并重新编译。",
    ),
    "comma": (", ", "、"),
    "and_last": ("{names} and {last}", "{names} 和 {last}"),
    "and_more": ("{names} and {n} more", "{names} 及另外 {n} 层"),
    "caption": (
        "One training step on {rows} rows: loss {loss}, {n} layers. {findings}",
        "用 {rows} 行训练一步：损失 {loss}，共 {n} 层。{findings}",
    ),
    # The panel of the dashboard.
    "compiling": (
        "Preparing to look into the layers; training goes on.",
        "正在准备查看各层；训练不会中断。",
    ),
    "waiting": (
        "The layers are shown after the next step.",
        "下一步训练之后显示各层。",
    ),
    "impossible": (
        "The layers of this run cannot be looked into: {why}",
        "无法查看这次训练的各层：{why}",
    ),
    "no_rows": ("there is no batch to look at.", "没有可用的批次。"),
    "own_step": (
        "it trains with a step of its own or on several devices.",
        "它使用自定义的训练步骤或多个设备。",
    ),
    "cost": (
        "At step {step}, on {rows} rows of the training data; it takes {share} of the "
        "time while this panel is open.",
        "第 {step} 步，用训练数据的 {rows} 行；面板打开时占用 {share} 的时间。",
    ),
}
