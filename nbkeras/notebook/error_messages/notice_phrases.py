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
    (
        "{call} is more than 1 divided by the number of examples, {n}: publishing one "
        "whole example would be allowed",
        "{call} 大于 1 除以样本数（{n}）：这样就允许公开一整个样本",
    ),
    (
        "The pattern {name} of the LayoutMap matches no weight",
        "LayoutMap 的模式 {name} 与任何权重都不匹配",
    ),
    ("The paths of this model are: {names}", "这个模型的权重路径有：{names}"),
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
    # Saving and loading.
    (
        "{model} has no weights yet, as its input shape is not known: {path} holds its "
        "settings only",
        "{model} 还没有权重，因为输入形状未知：{path} 只存有它的设置",
    ),
    (
        "To keep weights, start it with {code}, or call it on data before saving",
        "要保存权重，请以 {code} 开头，或在保存前对数据调用一次",
    ),
    (
        "{path} is written in the .keras format, which nbkeras loads under any name; "
        "Keras itself expects the name {name}",
        "{path} 以 .keras 格式写出，nbkeras 不论文件名都能读取；Keras 要求的名字是 "
        "{name}",
    ),
    (
        "load_model(safe_mode=False) has no effect: nbkeras never runs code from a "
        "file",
        "load_model(safe_mode=False) 不起作用：nbkeras 从不运行文件中的代码",
    ),
    (
        "Pass your own functions in custom_objects",
        "请用 custom_objects 传入自己的函数",
    ),
    (
        "{call}: weights are HDF5 files here, whose names end in .weights.h5",
        "{call}：这里的权重是 HDF5 文件，文件名以 .weights.h5 结尾",
    ),
    ("Using {name}", "改用 {name}"),
    (
        "{path}: the weights {names} hold values that are not finite (NaN or infinity)",
        "{path}：权重 {names} 含有非有限值（NaN 或无穷大）",
    ),
    (
        "{path}: the optimizer's state does not fit and was reset; the weights were "
        "loaded",
        "{path}：优化器的状态不匹配，已重置；权重已载入",
    ),
    (
        "`compile()` was not called as part of model loading because the model's "
        "`compile()` method is custom",
        "载入模型时没有调用 `compile()`，因为该模型的 `compile()` 是自定义的",
    ),
    ("Call it: {code}", "请调用：{code}"),
    (
        "{model}: the losses that add_loss added to the model are not saved",
        "{model}：用 add_loss 加到模型上的损失不会保存",
    ),
    (
        "Call add_loss again after loading, or add it in the call method of a layer",
        "请在载入后再次调用 add_loss，或在层的 call 方法中加入",
    ),
    # Callbacks and runs.
    (
        "BackupAndRestore could not write {path}; training continues, and the "
        "previous backup is kept",
        "BackupAndRestore 无法写入 {path}；训练继续，保留之前的备份",
    ),
    (
        "BackupAndRestore could not remove {path}; the run itself is complete",
        "BackupAndRestore 无法删除 {path}；训练本身已完成",
    ),
    ("Delete it before the next run", "请在下次运行前将其删除"),
    (
        "The backup {path} cannot be read and is skipped: {reason}",
        "备份 {path} 无法读取，已跳过：{reason}",
    ),
    (
        "ModelCheckpoint could not write {path}; training continues, and the previous "
        "file is unchanged",
        "ModelCheckpoint 无法写入 {path}；训练继续，之前的文件不变",
    ),
    (
        "{call} assumes that lower is better, because neither a metric of the model "
        "nor the name tells",
        "{call} 假定越小越好，因为模型的指标和名字都没有说明",
    ),
    (
        "Write {code} if higher is better, else {other}",
        "越大越好时请写 {code}，否则写 {other}",
    ),
    (
        "Epochs are no longer kept, so the run cannot go back to later ones ({reason})",
        "不再保留各轮，因此不能返回到之后的轮（{reason}）",
    ),
    ("Training continues", "训练继续"),
    (
        "{model}: {layers} stay frozen as they were when the model was compiled, "
        "because another model with the same layers was compiled later",
        "{model}：{layers} 仍按编译该模型时的状态冻结，"
        "因为含有相同层的另一个模型后来又编译过",
    ),
    (
        "Call compile again to apply the change",
        "请再次调用 compile，使改动生效",
    ),
    (
        "Gradients do not exist for {weights}: the loss does not depend on them, so "
        "they stay as they are",
        "{weights} 没有梯度：损失与它们无关，因此它们保持不变",
    ),
    (
        "The display {name} failed and was removed; training continues",
        "显示 {name} 出错，已移除；训练继续",
    ),
    (
        "tf.summary.{name} is left out: only scalars are written",
        "tf.summary.{name} 不写出：只写标量",
    ),
    (
        "Show {kind} in the notebook with matplotlib",
        "请在笔记本中用 matplotlib 显示 {kind}",
    ),
    (
        "The {kind} ran out of data after {n} batches; {owner} needs {wanted}",
        "{kind} 在 {n} 批之后没有数据了；{owner} 需要 {wanted}",
    ),
    ("Training ends here and keeps its result", "训练到此结束，保留结果"),
    (
        "Put the generator's body under `while True:`, or lower the steps or epochs",
        "请把生成器的内容放在 `while True:` 下，或减少步数或轮数",
    ),
    (
        "The {kind} ran out after {n} batches, and {reason}",
        "{kind} 在 {n} 批之后没有数据了，{reason}",
    ),
    (
        "Training continues; later epochs have no val_loss",
        "训练继续；之后的各轮没有 val_loss",
    ),
    (
        "A generator is read once: put its body under `while True:` and give "
        "validation_steps, or write {code}",
        "生成器只能读一次：请把内容放在 `while True:` 下并给出 validation_steps，"
        "或写 {code}",
    ),
    (
        "{call}: batches are read on threads instead",
        "{call}：改为用线程读取各批",
    ),
    (
        "Write use_multiprocessing=False; workers=... sets the number of threads",
        "请写 use_multiprocessing=False；workers=... 设定线程数",
    ),
    # Data.
    (
        "{what} has entries that the model does not use: {names}",
        "{what} 含有模型不用的项：{names}",
    ),
    (
        "{what}; for quantities write Dense(1)",
        "{what}；若是数量请写 Dense(1)",
    ),
    ("As it is, nothing can be learned", "现在这样学不到任何东西"),
    (
        "sample_weight has {n} negative values, the first at {place}: training "
        "increases the loss of these rows",
        "sample_weight 有 {n} 个负值，第一个在 {place}：训练会增大这些行的损失",
    ),
    (
        "To exclude them, give them the weight 0: {code}",
        "要排除它们，请把权重设为 0：{code}",
    ),
    (
        "{what}MNIST is not in the cache and cannot be downloaded: these are the 5,000 "
        "digits of the package, 4,000 to train and 1,000 to test",
        "{what}MNIST 不在缓存中，也无法下载：这里是随包附带的 5,000 个数字，"
        "4,000 个训练，1,000 个测试",
    ),
    (
        "JPEG does not support transparency; the image is saved without it",
        "JPEG 不支持透明度；图像保存时不带透明度",
    ),
    (
        "An image of mode {mode} has values from {low} to {high}, and values outside "
        "of 0-255 are clipped (said once)",
        "模式为 {mode} 的图像的值从 {low} 到 {high}，0-255 "
        "以外的值会被截断（只提示一次）",
    ),
    (
        "Scale it first: read it with PIL.Image.open, multiply the array, and save it "
        "in 8 bits",
        "请先缩放：用 PIL.Image.open 读取，乘以系数，再存为 8 位",
    ),
    (
        "{call} got images with {n} channels (shape {shape}); 1, 3 or 4 are usual",
        "{call} 收到 {n} 个通道的图像（形状 {shape}）；通常是 1、3 或 4",
    ),
    (
        "Skipped an image: {reason} All skipped files are listed in `.skipped`",
        "跳过一张图像：{reason} 所有跳过的文件列在 `.skipped` 中",
    ),
    ("Skipped an image: {reason}", "跳过一张图像：{reason}"),
    (
        "All skipped files are listed in `.skipped`",
        "所有跳过的文件列在 `.skipped` 中",
    ),
    (
        "{n} of {rows} rows in {column} name no image file and are skipped; the first: "
        "{name}",
        "{column} 的 {rows} 行中有 {n} 行没有对应的图像文件，已跳过；第一个：{name}",
    ),
    ("{code} has no effect with {other}", "{code} 与 {other} 一起用时不起作用"),
    (
        "{owner}: {path} is not UTF-8 at byte {n}; such bytes become {sign}",
        "{owner}：{path} 在第 {n} 字节处不是 UTF-8；这样的字节变为 {sign}",
    ),
    (
        "Convert the files to UTF-8 to keep them",
        "要保留它们，请把文件转换为 UTF-8",
    ),
    # Models and layers.
    (
        "{old} is the old spelling; write {code}",
        "{old} 是旧写法；请写 {code}",
    ),
    (
        "{call} has a kernel of {n} and strides of {m}, as in Keras 2",
        "{call} 的卷积核为 {n}、步长为 {m}，与 Keras 2 相同",
    ),
    (
        "For rows and columns, as in Keras 1, write {code}",
        "若像 Keras 1 那样指行和列，请写 {code}",
    ),
    (
        "{layer} got initial_state, so it ignores the mask of its input, as in Keras 3",
        "{layer} 收到了 initial_state，因此不使用输入的掩码，与 Keras 3 相同",
    ),
    ("To use the mask write {code}", "要使用掩码，请写 {code}"),
    (
        "The structure of `inputs` doesn't match the expected structure: the model "
        "takes a dict, and the list is taken as {names}",
        "`inputs` 的结构与预期不符：模型接收字典，列表按 {names} 的顺序使用",
    ),
    ("{old} is an old path; write {new}", "{old} 是旧路径；请写 {new}"),
    ("{old} is now {new}", "{old} 现在是 {new}"),
    ("{old} is {new} today", "{old} 现在是 {new}"),
    (
        "{name} is limited to {n} by {setting}",
        "{name} 受 {setting} 限制，最多为 {n}",
    ),
    # Devices, TensorFlow's names, the cache.
    (
        "Batches of {n} rows cannot be divided evenly among {m} devices, nor padded, "
        "because a layer, loss or metric depends on other rows: each device computes "
        "all of them",
        "每批 {n} 行不能平均分给 {m} 个设备，也不能补齐，"
        "因为有层、损失或指标依赖其他行：每个设备都计算全部",
    ),
    (
        "Choose a batch_size that is a multiple of {n}",
        "请选 {n} 的倍数作为 batch_size",
    ),
    (
        "There are {n} devices ({kind}), and training uses the first",
        "有 {n} 个设备（{kind}），训练使用第一个",
    ),
    ("To use all, write before fit: {code}", "要全部使用，请在 fit 之前写：{code}"),
    (
        "MirroredStrategy is nbkeras.distribution.DataParallel: write {code} "
        "before fit",
        "MirroredStrategy 就是 nbkeras.distribution.DataParallel："
        "请在 fit 之前写 {code}",
    ),
    ("It stays on after the scope", "在 scope 之后仍然有效"),
    (
        "There are no sessions here: functions run as they are called, and JAX takes "
        "memory as it needs",
        "这里没有会话：函数一调用就运行，JAX 按需占用内存",
    ),
    ("The lines that create one can be deleted", "创建会话的行可以删去"),
    (
        "{name} looks at the values of arrays ({reason}), so it is not compiled and "
        "runs as plain Python",
        "{name} 要看数组的值（{reason}），因此不编译，按普通 Python 运行",
    ),
    (
        "To have it compiled, write nbkeras.ops.where or ops.cond in place of `if`",
        "要让它编译，请用 nbkeras.ops.where 或 ops.cond 代替 `if`",
    ),
    (
        "Compiled code is not cached on disk: {reason}",
        "编译结果没有缓存到磁盘：{reason}",
    ),
    (
        "Set NBKERAS_HOME to a writable folder, or NBKERAS_COMPILE_CACHE=0 to disable "
        "the cache",
        "请把 NBKERAS_HOME 设为可写的文件夹，或用 NBKERAS_COMPILE_CACHE=0 关闭缓存",
    ),
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
        "column {n} of x runs {range} (columns like it: {share}); initial weights suit "
        "a mean of about 0 and a deviation of about 1.",
        "x 的第 {n} 列范围是 {range}（这样的列：{share}）；初始权重适合均值约 0、"
        "标准差约 1 的输入。",
    ),
    (
        "of {n} rows looked at only {count} differ: the model learns them by heart, "
        "and rows split off for validation are not new.",
        "查看的 {n} 行中只有 {count} 行互不相同：模型会死记这些行，从中分出的验证行"
        "也不是新的。",
    ),
    (
        "with {momentum} the moving mean and variance need some {n} steps to settle; "
        "before that, predictions differ from what the model does in training.",
        "{momentum} 时，移动均值和方差约需 {n} 步才稳定；在此之前，预测与模型在训练中的"
        "表现不同。",
    ),
    (
        "all that {name} gets is one number, so most of the input is lost.",
        "{name} 只得到一个数，输入的大部分信息都丢失了。",
    ),
    (
        "labels run {range}, and {n} units mean classes {classes}.",
        "标签范围是 {range}，而 {n} 个单元表示类别 {classes}。",
    ),
    (
        "labels run {range}, and binary_crossentropy needs 0 to 1.",
        "标签范围是 {range}，而 binary_crossentropy 需要 0 到 1。",
    ),
    (
        "targets run {range}, and {name} gives {values}, so the others are never "
        "reached.",
        "目标范围是 {range}，而 {name} 只能给出 {values}，范围外的目标永远达不到。",
    ),
    (
        "y has class numbers up to {n}, and the loss takes them for quantities, where "
        "class 2 lies between 1 and 3.",
        "y 是 0 到 {n} 的类别编号，而这个损失把它们当作数量，好像类别 2 在 1 和 3 "
        "之间。",
    ),
    (
        "x has values up to {size}, and validation_data up to {other}: it was not "
        "scaled as x was, so its scores say nothing.",
        "x 的值最大为 {size}，而 validation_data 的值最大为 {other}：两者缩放不同，"
        "验证结果说明不了什么。",
    ),
    (
        "the same scaling for both, or Rescaling or Normalization as the first layer",
        "对两者做同样的缩放，或以 Rescaling 或 Normalization 为第一层",
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
