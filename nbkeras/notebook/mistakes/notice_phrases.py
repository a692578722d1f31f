"""Phrases of notices and advice with Chinese translations; rows as in `phrases`."""

# Sentences of `core.notices` that learners may see.
NOTICES = [
    # Training.
    (
        "The loss is NaN or infinite since {where}",
        "损失自 {where} 起为 NaN 或无穷大",
    ),
    (
        "Training stops, and the model keeps the last finite weights that were saved",
        "训练停止，模型保留最后一次保存的有限权重",
    ),
    (
        "Try a smaller learning rate (it was {rate}), inputs scaled to about 0..1, or "
        "clipnorm=1.0 in the optimizer",
        "请试试更小的学习率（原为 {rate}）、把输入缩放到约 0..1，"
        "或在优化器中写 clipnorm=1.0",
    ),
    (
        "{call} leaves no epoch to train, because epochs is the number of the last "
        "epoch",
        "{call} 没有留下可训练的轮：epochs 是最后一轮的编号",
    ),
    ("Write {code} to train {n}", "写 {code} 可训练 {n} 轮"),
    (
        "fit got both validation_data and validation_split; validation_split is "
        "ignored",
        "fit 同时收到 validation_data 和 validation_split；validation_split 不起作用",
    ),
    ("Leave one of them out", "请去掉其中一个"),
    ("Leave them out", "请去掉它们"),
    (
        "validation_split keeps the last {n} rows; {rows} of them are of classes that "
        "no training row has ({classes})",
        "validation_split 留出最后 {n} 行；其中 {rows} 行所属的类别在训练行中没有"
        "（{classes}）",
    ),
    ("The data looks sorted", "数据看来是排好序的"),
    ("Shuffle it first: {code}", "请先打乱：{code}"),
    (
        "{call}: the data has {n} batches, so it is restarted within each epoch, as in "
        "Keras 2",
        "{call}：数据有 {n} 批，因此每一轮中会重新开始，与 Keras 2 相同",
    ),
    (
        "To use each row once per epoch, leave steps_per_epoch out",
        "若要每轮每行只用一次，请去掉 steps_per_epoch",
    ),
    (
        "{call}: the data has only {n} batches; each is used once",
        "{call}：数据只有 {n} 批；每批用一次",
    ),
    (
        "Leave {name} out to use all of the data",
        "去掉 {name} 就会用上全部数据",
    ),
    (
        "The {kind} ran out of data after {n} batches; {owner} wanted {wanted}",
        "{kind} 在 {n} 批之后没有数据了；{owner} 需要 {wanted}",
    ),
    (
        "Training ends here and keeps its result",
        "训练到此结束，结果保留",
    ),
    (
        "Put the generator's body under `while True:`, or lower the steps or epochs",
        "请把生成器的主体放进 `while True:`，或减少步数或轮数",
    ),
    (
        "{n} batches came from the {kind} in {s} s and no end is in sight",
        "{kind} 在 {s} 秒内给出了 {n} 批，看不到尽头",
    ),
    (
        "If it loops forever, stop and write {code}",
        "若它永不结束，请停止并写 {code}",
    ),
    (
        "{call} has no effect: x is a {kind} that yields batches of its own size",
        "{call} 不起作用：x 是 {kind}，批的大小由它自己决定",
    ),
    ("Set the size there: {code}", "请在那里设定大小：{code}"),
    (
        "{name} is a sparse matrix: each batch is converted to a dense float32 array",
        "{name} 是稀疏矩阵：每一批会转换为稠密的 float32 数组",
    ),
    (
        "class_weight has no entry for the classes {classes} that occur in y; they get "
        "weight 1",
        "class_weight 没有 y 中出现的类别 {classes}；它们的权重为 1",
    ),
    (
        "To silence this notice, write class_weight={code}",
        "若不想再看到本提示，请写 class_weight={code}",
    ),
    (
        "{call} finds no such entry, and {instead}",
        "{call} 找不到这一项",
    ),
    ("Available are: {names}", "现有：{names}"),
    # Losses and labels.
    (
        "The loss has from_logits=True, but the last layer already applies {name}",
        "损失设了 from_logits=True，而最后一层已经用了 {name}",
    ),
    (
        "Write from_logits=False, or activation=None in the last layer",
        "请写 from_logits=False，或在最后一层写 activation=None",
    ),
    (
        "The crossentropy needs probabilities, and the last layer has no activation",
        "交叉熵需要概率，而最后一层没有激活函数",
    ),
    (
        "Write activation={code} in the last layer, or from_logits=True in the loss",
        "请在最后一层写 activation={code}，或在损失中写 from_logits=True",
    ),
    (
        "{name}: values run {range}, and the last layer's {activation} gives only "
        "{reach}, so it cannot reach them",
        "{name}：数值范围是 {range}，而最后一层的 {activation} 只给出 {reach}，达不到",
    ),
    (
        "Write activation=None in the last layer, or scale {name}",
        "请在最后一层写 activation=None，或缩放 {name}",
    ),
    (
        "The rows of {name} do not sum to 1 (the first such row sums to {sum})",
        "{name} 的行之和不是 1（第一个这样的行之和为 {sum}）",
    ),
    (
        "For several labels per row write {one} and {other}",
        "若每行有多个标签，请写 {one} 和 {other}",
    ),
    # Images.
    (
        "{name} has class folders with names that look alike: {listed}",
        "{name} 中有名字看起来相同的类别文件夹：{listed}",
    ),
    ("Each counts as a class of its own", "每个都算作一个类别"),
    (
        "If they are one class, move their images into one folder",
        "若它们是同一类，请把图片移到一个文件夹",
    ),
    (
        "{n} images are in {name} itself, not in a class folder; they are not used",
        "有 {n} 张图片直接放在 {name} 里，不在类别文件夹中；没有使用",
    ),
    ("Files ignored in {name}: {kinds}", "{name} 中忽略的文件：{kinds}"),
    ("Supported extensions: {names}", "支持的扩展名：{names}"),
    (
        "The class folder {name} holds no images",
        "类别文件夹 {name} 中没有图片",
    ),
    (
        "Transparent parts of an image were blended with white (said once)",
        "图片的透明部分已与白色混合（只提示一次）",
    ),
    (
        "Write {code} to keep the transparency",
        "若要保留透明度，请写 {code}",
    ),
    (
        "{name} holds several images; the first is used (said once)",
        "{name} 含有多张图片；使用第一张（只提示一次）",
    ),
    (
        "A 16-bit image was scaled from 0-65535 to 0-255 (said once)",
        "16 位图片已从 0-65535 缩放到 0-255（只提示一次）",
    ),
    (
        "{call} has no effect yet: it learns from data",
        "{call} 尚不起作用：它要先看数据",
    ),
    ("Write {code} first", "请先写 {code}"),
    ("{call} has no effect", "{call} 不起作用"),
    ("{call} is deprecated; write {code}", "{call} 是旧写法；请写 {code}"),
]

# Reasons, places and changes of `analysis.linter`.
ADVICE = [
    (
        "binary_crossentropy treats the {n} classes as independent, and softmax makes "
        "them exclusive; most targets are 0, so the loss says little.",
        "binary_crossentropy 把 {n} 个类别看作互相独立，而 softmax 使它们互斥；"
        "多数目标为 0，损失说明不了什么。",
    ),
    (
        "a categorical loss needs probabilities that sum to 1 over the classes; "
        "sigmoid units are independent.",
        "分类损失需要各类之和为 1 的概率；sigmoid 单元互相独立。",
    ),
    (
        "the last layer applies {name}, and from_logits=True applies it again: the "
        "gradients shrink and learning is slow.",
        "最后一层用了 {name}，from_logits=True 又用一次：梯度变小，学习缓慢。",
    ),
    (
        "{name} applies softmax to the softmax of {other}: the outputs are nearly "
        "equal, no probability comes near 1, and gradients shrink.",
        "{name} 对 {other} 的 softmax 又做了一次 softmax：各输出几乎相等，"
        "没有概率接近 1，梯度变小。",
    ),
    (
        "{name} drops {share} of its inputs in training, so that little can be learned "
        "from the rest.",
        "{name} 在训练中丢弃 {share} 的输入，从剩下的学不到多少。",
    ),
    (
        "{share} of the labels are {label}: always answering it has that accuracy, and "
        "the other classes hardly count in the loss.",
        "{share} 的标签是 {label}：总是回答它也有这样的准确率，其他类别在损失中"
        "几乎不起作用。",
    ),
    (
        "the crossentropy needs probabilities; the last layer has no activation.",
        "交叉熵需要概率；最后一层没有激活函数。",
    ),
    (
        "the crossentropy needs probabilities; the last layer has activation {name}.",
        "交叉熵需要概率；最后一层的激活函数是 {name}。",
    ),
    (
        "y has {n} columns (one-hot), and the sparse loss needs class numbers.",
        "y 有 {n} 列（独热编码），而稀疏损失需要类别编号。",
    ),
    (
        "y has the shape {shape}, one class number per row, and this loss needs one "
        "column for each class.",
        "y 的形状是 {shape}，每行一个类别编号，而这个损失需要每个类别一列。",
    ),
    (
        "a softmax over 1 unit is 1 for every input, so nothing can be learned.",
        "只有 1 个单元的 softmax 对任何输入都是 1，什么也学不到。",
    ),
    (
        "without an activation, {one} and {other} together are equivalent to one "
        "Dense.",
        "没有激活函数时，{one} 与 {other} 合起来等于一个 Dense。",
    ),
    (
        "{n} weights between {one} and {other}: slow, large on disk, and prone to "
        "overfitting.",
        "{one} 与 {other} 之间有 {n} 个权重：慢、文件大、容易过拟合。",
    ),
    (
        "the input {shape} seems to have its {n} channels first; {name} takes the last "
        "axis as channels.",
        "输入 {shape} 的 {n} 个通道似乎在最前；{name} 把最后一轴当作通道。",
    ),
    (
        "x has values up to {n}; initial weights suit inputs of about 1, so training "
        "is slow or diverges.",
        "x 的值高达 {n}；初始权重适合 1 左右的输入，训练会缓慢或发散。",
    ),
    (
        "labels run {range}, and {n} units mean classes {classes}.",
        "标签范围是 {range}，而 {n} 个单元表示类别 {classes}。",
    ),
    (
        "labels run {range}, and binary_crossentropy needs 0 to 1.",
        "标签范围是 {range}，而 binary_crossentropy 需要 0 到 1。",
    ),
    ("the validation data is the training data.", "验证数据就是训练数据。"),
    (
        "{share} of the sampled rows of validation_data are training rows.",
        "validation_data 抽样的行中有 {share} 是训练行。",
    ),
    (
        "the loss grew from {first} to {last} in the first steps.",
        "损失在最初几步从 {first} 升到 {last}。",
    ),
    (
        "the loss grew from {first} to {last} in the first steps at a learning rate of "
        "{rate}.",
        "学习率为 {rate} 时，损失在最初几步从 {first} 升到 {last}。",
    ),
    ("{code} in the last layer", "{code}（最后一层）"),
    (
        "{code} for several labels per row",
        "{code}（每行有多个标签时）",
    ),
    (
        "{code} in the loss, or {other} in the last layer",
        "{code}（损失），或 {other}（最后一层）",
    ),
    (
        "{code} in the last layer, or {other} in the loss",
        "{code}（最后一层），或 {other}（损失）",
    ),
    ("{code} with {other}", "{code}，并用 {other}"),
    (
        "MaxPooling2D() before it, or GlobalAveragePooling2D() instead of {name}",
        "MaxPooling2D()（放在它前面），或用 GlobalAveragePooling2D() 代替 {name}",
    ),
    ("{input} for {data}, or {other}", "{input}，数据用 {data}；或 {other}"),
    ("{code}, or {other} as the first layer", "{code}，或以 {other} 为第一层"),
    (
        "learning_rate=smaller in the optimizer, or let {code} find one",
        "更小的 learning_rate（优化器），或让 {code} 来找",
    ),
    (
        "{rate} in the optimizer, or let {code} find one",
        "{rate}（优化器），或让 {code} 来找",
    ),
    ("x before {name}", "{name} 之前的 x"),
    ("optimizer", "优化器"),
]
