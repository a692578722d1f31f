"""Phrases of error messages with their Chinese translations.

A row is (English, Chinese); among the rows that match a phrase, the one with the most
literal text is used. `{name}` is copied, `{name:t}` is a phrase translated in turn,
`{name:l}` a list of names joined by "and" or "or", `{name:g}` shapes with their origin,
`{name:w}` suggested code, alternatives joined by ", or ".
"""

SENTENCES = [
    # Exercises.
    ("There is no exercise {name}", "没有名为 {name} 的练习"),
    ("There is no answer to hand in yet", "还没有可以提交的答案"),
    (
        "Write {code}, or check the answers first",
        "请写 {code}，或者先检查答案",
    ),
    ("The source of {name} cannot be found", "找不到 {name} 的源代码"),
    (
        "Define it with {code} in a cell or a file, with everything that it needs "
        "inside",
        "请在单元或文件里用 {code} 定义它，并把需要的一切都写在里面",
    ),
    (
        "Write %exercise in a notebook for the list of all",
        "在笔记本里写 %exercise 可列出所有练习",
    ),
    # Losses and layers of old tutorials.
    (
        "The loss {name} uses symbolic tensors of a model besides y_true and y_pred",
        "损失 {name} 除 y_true 和 y_pred 之外还用到了模型的符号张量",
    ),
    (
        "Write {code} with the symbolic tensors of the model, then {other} without a "
        "loss, and {last}",
        "请用模型的符号张量写 {code}，再写不带损失的 {other}，然后写 {last}",
    ),
    (
        "{call}: only mode 0 of Keras 1 is left",
        "{call}：Keras 1 的 mode 只保留了 0",
    ),
    (
        "Write nothing for mode: predict uses the moving statistics then, and {call} "
        "those of the batch",
        "请不写 mode：这样 predict 使用移动统计量，{call} 使用批次的统计量",
    ),
    (
        "Write {code} for statistics of each sample",
        "若要每个样本各自的统计量，请写 {code}",
    ),
    # Rows of CSV files.
    (
        "{place}: {n} columns, and record_defaults has {m}",
        "{place}：有 {n} 列，而 record_defaults 有 {m} 个",
    ),
    ("Give one default for each column", "请为每一列给出一个默认值"),
    ("{place}: a value is missing", "{place}：缺少一个值"),
    (
        "Give a default of that column, for example {code}",
        "请给出该列的默认值，例如 {code}",
    ),
    (
        "make_csv_dataset: {path} is empty",
        "make_csv_dataset：{path} 是空文件",
    ),
    (
        "Write first a line with the names of the columns",
        "请先写一行列名",
    ),
    (
        "make_csv_dataset: {path} has no rows below its names",
        "make_csv_dataset：{path} 在列名之下没有数据行",
    ),
    (
        "{place}: {n} columns, and there are {m} names",
        "{place}：有 {n} 列，而列名有 {m} 个",
    ),
    (
        "Give each row as many values as there are columns",
        "请让每一行的值与列一样多",
    ),
    (
        "make_csv_dataset: column_defaults has {n} values, and there are {m} columns",
        "make_csv_dataset：column_defaults 有 {n} 个值，而列有 {m} 个",
    ),
    (
        "make_csv_dataset: there is no column {name}",
        "make_csv_dataset：没有列 {name}",
    ),
    # LoRA.
    ("enable_lora: {name} is not built yet", "enable_lora：{name} 还没有构建"),
    (
        "Call it on data first, or write {code}",
        "请先用数据调用它，或者写 {code}",
    ),
    (
        "enable_lora: {name} has LoRA already, of rank {rank}",
        "enable_lora：{name} 已有秩为 {rank} 的 LoRA",
    ),
    (
        "Create the layer anew for another rank",
        "若要别的秩，请重新创建这一层",
    ),
    (
        "enable_lora: {name} has a {constraint}, and with LoRA its {weight} stays as "
        "it is",
        "enable_lora：{name} 有 {constraint}，而使用 LoRA 时它的 {weight} 保持不变",
    ),
    # The playground.
    (
        "{call} needs both, and {name} is missing",
        "{call} 两者都要，缺少 {name}",
    ),
    (
        "{call} needs arrays",
        "{call} 需要数组",
    ),
    (
        "{call}: at most {layers} layers of 1 to {units} units",
        "{call}：至多 {layers} 层，每层 1 到 {units} 个单元",
    ),
    (
        "{call}: the network needs at least one feature",
        "{call}：网络至少需要一个特征",
    ),
    (
        "playground: this network has no weight {name}",
        "playground：此网络没有权重 {name}",
    ),
    (
        "playground: training ended after {n} steps ({why})",
        "playground：训练在第 {n} 步后结束（{why}）",
    ),
    ("Try a smaller learning_rate", "请试较小的 learning_rate"),
    (
        "playground: there are no points to train on",
        "playground：没有可训练的点",
    ),
    ("Draw some, or choose a data set", "请画一些点，或选一个数据集"),
    (
        "{call}: y has {n} classes; the playground shows 2 to {most}",
        "{call}：y 有 {n} 个类别；游乐场可显示 2 到 {most} 个",
    ),
    ("For numbers to predict write {code}", "若要预测数值，请写 {code}"),
    (
        "{call}: x has the shape {shape}; the plane needs two columns",
        "{call}：x 的形状是 {shape}；平面需要两列",
    ),
    ("Choose two: {code}", "请选两列：{code}"),
    # Private training.
    (
        "The layer {name} ({kind}) mixes the examples of a batch, so {owner} cannot "
        "hide a single one",
        "层 {name}（{kind}）会混合同一批次的样本，因此 {owner} 无法隐藏单个样本",
    ),
    ("Replace it by {code}", "请换成 {code}"),
    (
        "{owner} draws each example into each batch by chance, and fit got data that "
        "is in batches already",
        "{owner} 让每个样本随机进入各批次，而传给 fit 的数据已经分好批次",
    ),
    (
        "Pass all examples as arrays: {code}, without steps_per_epoch",
        "请以数组传入全部样本：{code}，不要用 steps_per_epoch",
    ),
    (
        "{owner} works in {code}: there the gradient of each example is clipped, and "
        "noise is added and accounted for",
        "{owner} 在 {code} 中工作：那里会裁剪每个样本的梯度、加入噪声并记账",
    ),
    ("These gradients are not private", "这些梯度不具有隐私保护"),
    (
        "Use {other} here, or train with fit",
        "这里请用 {other}，或用 fit 训练",
    ),
    (
        "{call}: here epsilon is Adam's, a small number added to the denominator",
        "{call}：这里的 epsilon 属于 Adam，是加在分母上的小数",
    ),
    (
        "The privacy follows from the noise: write {code}",
        "隐私程度由噪声决定：请写 {code}",
    ),
    # Devices.
    (
        "devices: this model is not built, so the shapes of its layers are not known",
        "devices：此模型尚未构建，各层的形状未知",
    ),
    (
        "Begin it with {code}, or call {other}",
        "请让它以 {code} 开头，或调用 {other}",
    ),
    (
        "devices: there is no placement to draw, because the model was not trained on "
        "several devices",
        "devices：没有可画的分布，因为模型没有在多个设备上训练过",
    ),
    ("Write before fit: {code}", "请在 fit 之前写：{code}"),
    # Several losses.
    ("{call}: there is no such loss", "{call}：没有这个损失"),
    ("The losses are {names}", "损失有 {names}"),
    (
        "{call}: the weight must be a finite number of at least 0",
        "{call}：权重必须是不小于 0 的有限数",
    ),
    (
        "This model has one loss, whose weight would only scale the learning rate",
        "此模型只有一个损失，它的权重只会缩放学习率",
    ),
    ("Set that: {code}", "请设置学习率：{code}"),
    (
        "{call} learns the weights of the losses, so they cannot be set",
        "{call} 会学习各损失的权重，因此不能设置",
    ),
    (
        "Compile with numbers to set them yourself: {code}",
        "要自己设置，请用数字编译：{code}",
    ),
    (
        "{call} weighs several losses against each other, and there is {n}",
        "{call} 用于在多个损失之间权衡，而这里有 {n} 个",
    ),
    (
        "Compile without loss_weights, or give the model several outputs with a loss "
        "each",
        "请去掉 loss_weights 编译，或让模型有多个输出，各有一个损失",
    ),
    (
        "{call} is applied by the built-in training step, and {name} overrides it or a "
        "part of it",
        "{call} 由内置的训练步骤应用，而 {name} 重写了它或其一部分",
    ),
    (
        "Compile with numbers, {code}, or weigh the losses in your step",
        "请用数字编译，{code}，或在自己的步骤里加权",
    ),
    (
        "{name} has its own training step, so the weights of its losses cannot be set "
        "during training",
        "{name} 有自己的训练步骤，因此训练时不能设置损失的权重",
    ),
    (
        "Keep them in a variable, {code}, and assign to it",
        "请把它们放在变量里，{code}，再给它赋值",
    ),
    (
        "{name} compares the gradients of several losses, and this model has one or "
        "its own training step",
        "{name} 比较多个损失的梯度，而此模型只有一个损失，或有自己的训练步骤",
    ),
    (
        "To see the gradients of one loss, write {code}",
        "要看一个损失的梯度，请写 {code}",
    ),
    (
        "{name}: no trained weight has a gradient of two losses, so there is nothing "
        "to compare",
        "{name}：没有哪个训练的权重同时得到两个损失的梯度，无从比较",
    ),
    (
        "Let the outputs share layers, or set {code}",
        "请让输出共享层，或设置 {code}",
    ),
    # Back in time, and recordings.
    (
        "{path}: line {n} is damaged ({why})",
        "{path}：第 {n} 行已损坏（{why}）",
    ),
    (
        "Delete this line, or record the run again with {code}",
        "请删除这一行，或用 {code} 重新记录",
    ),
    ("{path} is a folder", "{path} 是一个文件夹"),
    (
        "Give one of the recordings in it, or compare them all: {code}",
        "请给出其中的一份记录，或比较全部：{code}",
    ),
    (
        "{path}: not a recording of version {version} (found {found})",
        "{path}：不是版本 {version} 的记录（读到的是 {found}）",
    ),
    ("Record one with {code}", "请用 {code} 记录"),
    (
        "Epoch {n} was not kept. Kept are {numbers}, where {first} is the start of the "
        "run. Write for example {code}",
        "第 {n} 轮没有保留。保留的有 {numbers}，其中 {first} 是训练开始时。"
        "例如可写 {code}",
    ),
    (
        "This run kept no epochs. Write {code}",
        "这次训练没有保留各轮。请写 {code}",
    ),
    (
        "{model} was compiled again since this run, so its kept epochs no longer fit. "
        "Fit it again, and go back in that run's history",
        "{model} 在这次训练之后重新编译过，保留的各轮已不适用。"
        "请再次训练，并用那次训练的 history 返回",
    ),
    (
        "{model} was changed since this run, so its kept epochs no longer fit. "
        "Fit it again, and go back in that run's history",
        "{model} 在这次训练之后改动过，保留的各轮已不适用。"
        "请再次训练，并用那次训练的 history 返回",
    ),
    (
        "{model} is in training, so it cannot go back now. Stop that run first, and "
        "then call {code} again",
        "{model} 正在训练，现在不能返回。请先停止那次训练，再调用 {code}",
    ),
    # Callbacks and optimizers.
    (
        "{call}: there is no such entry in the logs",
        "{call}：日志中没有这一项",
    ),
    ("{call}: the scale is always dynamic", "{call}：缩放系数总是动态的"),
    (
        "For a fixed scale write loss_scale_factor on the optimizer itself, for "
        "example {code}",
        "若要固定的系数，请在优化器自身写 loss_scale_factor，例如 {code}",
    ),
    # Choices of a cell, for a search.
    ("choose() has no values to choose from", "choose() 没有可选的值"),
    (
        "between({low}, {high}) needs two numbers, the lower one first",
        "between({low}, {high}) 需要两个数，小的在前",
    ),
    (
        "between({low}, {high}) needs two numbers above 0, the lower one first",
        "between({low}, {high}) 需要两个大于 0 的数，小的在前",
    ),
    # Runs in the background, and forked processes.
    ("{call}: {model} is in training", "{call}：{model} 正在训练"),
    (
        "End the run first with {code}, or {other} if it is in the background, then "
        "{call}",
        "请先用 {code}（后台训练用 {other}）结束训练，再 {call}",
    ),
    (
        "{call}: {model} is in training, and its steps are compiled for its present "
        "layers",
        "{call}：{model} 正在训练，训练步骤是按现有的层编译的",
    ),
    (
        "End the run first with run.stop() and run.wait(), then {call}; or change a "
        "copy, {code}",
        "请先用 run.stop() 和 run.wait() 结束训练，再 {call}；或修改副本 {code}",
    ),
    (
        "End the run first with run.stop() and run.wait(), then {call}",
        "请先用 run.stop() 和 run.wait() 结束训练，再 {call}",
    ),
    (
        "The weights of {model} are already in training (started {seconds} s ago)",
        "{model} 的权重已在训练中（{seconds} 秒前开始）",
    ),
    (
        "Wait for that fit to end, or stop it with {code}",
        "请等那次训练结束，或用 {code} 停止它",
    ),
    (
        "{call} in a forked process: the parent has used JAX, whose threads do not "
        "exist in the child, so this would deadlock",
        "{call} 在 fork 出的进程中：父进程用过 JAX，它的线程在子进程中不存在，"
        "这样会死锁",
    ),
    (
        "Spawn the process instead: write {code} instead of {other}, and create the "
        "model in it",
        "请改用 spawn 启动进程：写 {code}，不写 {other}，并在其中建立模型",
    ),
    # Arguments.
    (
        "{call}: {name} must contain each of 1, 2, ... once (the batch axis 0 "
        "stays first)",
        "{call}：{name} 中 1、2、… 各出现一次（批次轴 0 不动）",
    ),
    (
        "{call}: {name} must divide {other} evenly",
        "{call}：{name} 应能整除 {other}",
    ),
    ("{call}: {name} must be {wanted:t}", "{call}：{name} 应为{wanted}"),
    ("{name} must be {wanted:t}", "{name} 应为{wanted}"),
    (
        "{call}: a name must be a non-empty string without '/' and zero bytes",
        "{call}：名字是不含 '/' 和零字节的非空字符串",
    ),
    (
        "{call}: needs a function",
        "{call}：需要一个函数",
    ),
    ("{call}: {name} needs {n} numbers", "{call}：{name} 需要 {n} 个数"),
    ("{what} is none of {names}", "{what} 不在以下之列：{names}"),
    (
        "{owner} has no argument {name}",
        "{owner} 没有参数 {name}",
    ),
    ("It takes: {names}", "它的参数有：{names}"),
    ("Known: {names}", "可用的有：{names}"),
    (
        "Available are: {names}",
        "可用的有：{names}",
    ),
    (
        "{owner}: Unknown {family:t} {name}",
        "{owner}：没有名为 {name} 的{family}",
    ),
    ("Unknown {family:t} {name}", "没有名为 {name} 的{family}"),
    (
        "{value} is not a valid {family:t}",
        "{value} 不是{family}",
    ),
    (
        "Give a name such as {name}, a function or an instance",
        "请给名字（如 {name}）、函数或对象",
    ),
    ("Did you mean {names:l}?", "是不是想写 {names}？"),
    (
        "module {module} has no attribute {name}",
        "模块 {module} 里没有 {name}",
    ),
    # Layers and their inputs.
    (
        "{layer} needs {size} for its output {shape}, and {free} of memory are "
        "available",
        "{layer} 的输出 {shape} 需要 {size}，可用内存只有 {free}",
    ),
    (
        "{layer} needs {size} for its weight {weight}, and {free} of memory are "
        "available",
        "{layer} 的权重 {weight} 需要 {size}，可用内存只有 {free}",
    ),
    (
        "{owner} got the tensor {name} as an argument; create the layer first, "
        "then call it on the tensor",
        "{owner} 把张量 {name} 当成了参数；请先建层，再对张量调用",
    ),
    (
        "{owner} got a list of {kinds:l}",
        "{owner} 收到的列表里有 {kinds}",
    ),
    (
        "Give symbolic tensors only; for a constant write an operator, x + constant",
        "只能给符号张量；常数请用运算符，如 x + constant",
    ),
    (
        "{layer} got {given:g} and needs {needed:t}",
        "{layer} 收到 {given}，需要{needed}",
    ),
    (
        "{layer} was called on {what:t}; it needs data or the output of a layer",
        "{layer} 被用在{what}上；它需要数据或某一层的输出",
    ),
    ("add() got {what:t}; it needs a layer", "add() 收到{what}；它需要一个层"),
    (
        "The only tensor that a Sequential accepts is an Input(...)",
        "Sequential 里只有 Input(...) 可以是张量",
    ),
    (
        "Sequential takes its layers as one list",
        "Sequential 的各层要放在一个列表里",
    ),
    (
        "An Input must come first in a Sequential, and this model has one of "
        "shape {shape}",
        "Input 只能放在 Sequential 的最前面，这个模型已有一个，形状为 {shape}",
    ),
    ("Leave this one out", "请去掉这一个"),
    ("Two layers are called {name} ({kinds:l})", "有两层都叫 {name}（{kinds}）"),
    ("Two layers are called {name}", "有两层都叫 {name}"),
    (
        "All names in a {where:t} must differ: write for example {name}",
        "{where}里的名字不能相同，可以写成：{name}",
    ),
    (
        "The layer {name} is already in this model",
        "层 {name} 已经在这个模型里",
    ),
    (
        "Create a second one: {code}",
        "请另建一层：{code}",
    ),
    (
        "Input got the shape {shape}: sizes must be integers, or None for unknown ones",
        "Input 收到的形状是 {shape}：尺寸应为整数，未定的写 None",
    ),
    ("Input() needs the shape of one sample", "Input() 需要一个样本的形状"),
    (
        "{name} is not built yet, so its weights are not known",
        "{name} 还没有建立，权重还不知道",
    ),
    (
        "Build it with {code}, or give the model an {input}",
        "用 {code} 建立它，或给模型加上 {input}",
    ),
    # Models of the functional form.
    (
        "{owner} got {kind}; it needs symbolic tensors",
        "{owner} 收到 {kind}；它需要符号张量",
    ),
    ("For the output of a layer write {code}", "要层的输出请写 {code}"),
    (
        "Data is given to fit and predict, not to Model",
        "数据交给 fit 和 predict，不交给 Model",
    ),
    (
        "Graph disconnected: the output {output} needs the Input {input}, which is not "
        "among the inputs given: {inputs}",
        "计算图断开：输出 {output} 需要 Input {input}，而给出的输入只有：{inputs}",
    ),
    (
        "Write {code} with every Input that the outputs were made from",
        "可以写成：{code}，写全输出所用到的每个 Input",
    ),
    # compile and fit.
    (
        "{owner} needs a compiled model, and {name} is not compiled",
        "{owner} 需要编译过的模型，而 {name} 还没有编译",
    ),
    (
        "There is no y, and the loss needs targets",
        "没有 y，而损失需要目标值",
    ),
    (
        "The number of rows differs: x has {x}, y has {y}",
        "行数不同：x 有 {x} 行，y 有 {y} 行",
    ),
    ("Each array needs one row per example", "每个数组都应是一个样本一行"),
    (
        "Load x and y from the same rows; to use the first {n} only: {code}",
        "请从同样的行读取 x 和 y；只用前 {n} 行：{code}",
    ),
    (
        "{x} has the shape {shape}, and the model takes {wanted} (the first axis "
        "counts the rows)",
        "{x} 的形状是 {shape}，模型需要 {wanted}（第一个轴是行数）",
    ),
    (
        "It has {given} features, {wanted} are needed",
        "它有 {given} 个特征，需要 {wanted} 个",
    ),
    (
        "Select the same columns as before, or build the model for {input}",
        "请选取与之前相同的列，或按 {input} 建立模型",
    ),
    (
        "It has {given} axes instead of {wanted}: reshape it, or build the model "
        "for {input}",
        "它有 {given} 个轴，应为 {wanted} 个：请改变形状，或按 {input} 建立模型",
    ),
    (
        "The channels come first: write {code}",
        "通道在最前面：请写 {code}",
    ),
    ("It looks like a single example: write {code}", "它像是单个样本：请写 {code}"),
    (
        "{y} has the shape {shape}, one column for each class (one-hot), and {loss} "
        "needs class numbers",
        "{y} 的形状是 {shape}，每类一列（one-hot），而 {loss} 需要类别编号",
    ),
    (
        "{y} has the shape {shape}, one class number per row, and {loss} needs "
        "one column for each class (one-hot)",
        "{y} 的形状是 {shape}，每行一个类别编号，而 {loss} 需要每类一列（one-hot）",
    ),
    (
        "{y} has the shape {shape}, one number per row, and the last layer has "
        "{n} units; {loss} needs one column for each",
        "{y} 的形状是 {shape}，每行一个数，最后一层有 {n} 个单元；"
        "{loss} 需要每个单元一列",
    ),
    (
        "For one class out of several write {loss} with {activation}; for yes or no, "
        "{layer}",
        "多类选一请写 {loss} 和 {activation}；是非判断请写 {layer}",
    ),
    (
        "{y} has {columns} columns and the last layer {units} units",
        "{y} 有 {columns} 列，最后一层有 {units} 个单元",
    ),
    (
        "{y} has the shape {shape} and the output of {layer} {output}",
        "{y} 的形状是 {shape}，{layer} 的输出是 {output}",
    ),
    (
        "Put a Flatten() or a global pooling before the last Dense",
        "请在最后的 Dense 前加 Flatten() 或全局池化",
    ),
    (
        "The loss {loss} compares them element by element",
        "损失 {loss} 逐个比较它们",
    ),
    (
        "The last layer is a softmax over 1 unit, which is 1 for every input",
        "最后一层是只有 1 个单元的 softmax，对任何输入都等于 1",
    ),
    ("For two classes write {layer} with {loss}", "两类请写 {layer} 和 {loss}"),
    (
        "{y}: labels run {low}..{high} but the last layer has {n} units (expects "
        "0..{last})",
        "{y}：标签从 {low} 到 {high}，而最后一层有 {n} 个单元（应为 0 到 {last}）",
    ),
    ("Number the classes from 0: {code}", "类别从 0 开始编号：{code}"),
    (
        "{y} holds text (found: {found}); labels must be numbers",
        "{y} 中有文本（如 {found}）；标签必须是数",
    ),
    (
        "{x} holds text (found: {found}); a model computes with numbers",
        "{x} 中有文本（如 {found}）；模型只能用数计算",
    ),
    (
        "If they are numbers written as text: {code}",
        "若是写成文本的数：{code}",
    ),
    (
        "If they are categories, encode them, for example {code}",
        "若是类别，请编码，例如 {code}",
    ),
    (
        "{x} has fractional values, and the {layer} needs integer indices from "
        "{range:t}",
        "{x} 中有小数，而 {layer} 需要整数编号，{range}",
    ),
    (
        "Map words to integers, or use {layer} instead of Embedding for measured "
        "quantities",
        "请给词编号；若是测量值，用 {layer} 代替 Embedding",
    ),
    (
        "{x} has indices from {low} to {high}, and the {layer} has {n} entries, "
        "{range:t}",
        "{x} 中的编号从 {low} 到 {high}，而 {layer} 有 {n} 项，{range}",
    ),
    (
        "The model has {n} inputs ({names}), and x is one array",
        "模型有 {n} 个输入（{names}），而 x 只是一个数组",
    ),
    ("Give a list with one array each: {code}", "请给列表，每个输入一个数组：{code}"),
    (
        "{x} has no array for the input {name}; its keys are {keys}",
        "{x} 里没有输入 {name} 的数组；它的键是 {keys}",
    ),
    (
        "{call} is a {kind}; the targets are missing",
        "{call} 是 {kind}；缺少目标值",
    ),
    (
        "{x} has no rows: its shape is {shape}",
        "{x} 没有行：形状是 {shape}",
    ),
    ("At least one row is needed", "至少需要一行"),
    (
        "Check how {x} was loaded or filtered: {code}",
        "请检查 {x} 是怎样读取或筛选的：{code}",
    ),
    (
        "{x} is a single value, not rows of data",
        "{x} 是单个值，不是一行行的数据",
    ),
    (
        "An array with one row per example is needed, also for a single one: {code}",
        "需要每个样本一行的数组，只有一个样本也是：{code}",
    ),
    # The labs.
    ("{formula} is not a formula", "{formula} 不是公式"),
    (
        "{formula}: there is no function {name} here",
        "{formula}：这里没有函数 {name}",
    ),
    ("{formula} has the variables: {names}", "{formula} 中的变量有：{names}"),
    ("A formula needs one or two", "公式需要一个或两个变量"),
    (
        "A line needs at least 2 points, and there are {n}",
        "直线至少需要 2 个点，这里有 {n} 个",
    ),
    ("{call}: there is no such folder", "{call}：没有这个文件夹"),
    ("{folder} holds: {names}", "{folder} 里有：{names}"),
    # `%%model` cells.
    (
        "This cell has no layers, and a model needs at least one",
        "这个单元里没有层，而模型至少需要一层",
    ),
    (
        "Write each layer on its own line, for example {code}",
        "请每层写一行，例如 {code}",
    ),
    (
        "here, because the shape is not known yet",
        "here：此处的形状还不知道",
    ),
    (
        "Give the input shape: write {option} after the name of the model",
        "请给出输入形状：在模型名后写 {option}",
    ),
    (
        "Give the input shape: write {option} after the name of the model, or "
        "start the cell with {code}",
        "请给出输入形状：在模型名后写 {option}，或在单元开头写 {code}",
    ),
    ("The lines above have no input yet", "上面各行还没有输入"),
    (
        "{layer} is on its own line, and there is no tensor yet to apply it to",
        "{layer} 自成一行，而它前面还没有张量",
    ),
    (
        "Name one: write {code}",
        "请指明是哪一个：{code}",
    ),
    (
        "No line determines the output",
        "没有一行说明输出是什么",
    ),
    (
        "Put the output tensor of the model on its own line, at the end",
        "请把模型要输出的张量单独写在最后一行",
    ),
    ("{option} takes no value, and got {value}", "{option} 不带值，却得到 {value}"),
    ("{option} needs a value", "{option} 需要一个值"),
    ("{magic} has no option {name}", "{magic} 没有选项 {name}"),
    (
        "{magic}: a model of that name would shadow a Python or notebook name",
        "{magic}：叫这个名字的模型会盖住 Python 或笔记本里的同名对象",
    ),
    ("Choose another name", "请换一个名字"),
    (
        "{magic} needs one name, the variable for the model, and {got:t}",
        "{magic} 需要一个名字，即模型的变量名，{got}",
    ),
    (
        "{option}: the shape of one sample is a list of integers separated by "
        "commas, without the batch; ? means an unknown size",
        "{option}：一个样本的形状是用逗号隔开的整数，不含批次；未定的尺寸写 ?",
    ),
    (
        "{option}: the learning rate is a number above 0",
        "{option}：学习率应为大于 0 的数",
    ),
    (
        "--lr goes with the name of an optimizer",
        "--lr 要与优化器的名字一起写",
    ),
    (
        "Write the rate into its brackets: {option}",
        "请把学习率写进括号：{option}",
    ),
    # Syntax errors of Python.
    ("invalid syntax", "语法错误"),
    ("invalid syntax. Perhaps you forgot a comma?", "语法错误，是不是少了逗号？"),
    ("{sign} was never closed", "{sign} 没有闭合"),
    ("unmatched {sign}", "多余的 {sign}"),
    ("unexpected indent", "这一行不该缩进"),
    (
        "expected an indented block after {what} on line {n}",
        "第 {n} 行 {what} 之后需要缩进",
    ),
    ("unindent does not match any outer indentation level", "缩进与前面的行对不上"),
    (
        "unterminated string literal (detected at line {n})",
        "第 {n} 行的文本缺少结束的引号",
    ),
    ("expected {sign}", "缺少 {sign}"),
    (
        "positional argument follows keyword argument",
        "没有名字的参数要放在有名字的参数前面",
    ),
    ("keyword argument repeated: {name}", "参数 {name} 写了两次"),
    ("invalid decimal literal", "数写得不对"),
    ("cannot assign to {what}", "不能给 {what} 赋值"),
    # Suggested corrections.
    ("Write for example {code:w}", "可以写成：{code}"),
    ("Write first: {code}", "请先写：{code}"),
    ("Write {code:w}", "可以写成：{code}"),
    ("{owner} needs {name}", "{owner} 缺少 {name}"),
]

WANTED = [
    ("a positive integer", "正整数"),
    (
        "an integer of at least {n}, or {count} of them, or as many pairs",
        "不小于 {n} 的整数，或 {count} 个这样的整数，或同样多的数对",
    ),
    ("an integer of at least {n}", "不小于 {n} 的整数"),
    (
        "an integer or {count} of them, each at least {n}",
        "一个整数或 {count} 个整数，每个不小于 {n}",
    ),
    ("a number from {low} to {high}", " {low} 到 {high} 之间的数"),
    ("a number of at least {n}", "不小于 {n} 的数"),
    ("a number of at most {n}", "不大于 {n} 的数"),
    (
        "a number, not a string",
        "数，不能是字符串",
    ),
    ("a number", "数"),
    ("one of {names}", "以下之一：{names}"),
    (
        "integers without the batch axis, at most one of them -1",
        "整数，其中至多一个 -1，不含批次轴",
    ),
    ("None or an integer above 1", " None 或大于 1 的整数"),
    ("None, an integer or a tuple", " None、整数或元组"),
    ("a ready layer", "建好的层"),
    ("a recurrent layer", "循环层"),
    (
        "at least 0 and below 1, the fraction of the rows at the end that is held out",
        "大于等于 0、小于 1 的数，即留出的末尾行的比例",
    ),
    # Requirements of a layer.
    ("at least {size} pixels for {why}", "至少 {size} 像素，因为 {why}"),
    ("{n} axes, {names}", " {n} 个轴 {names}"),
    ("at least {n} axes", "至少 {n} 个轴"),
    ("a known size on the last axis", "最后一个轴的尺寸已知"),
    ("sizes that are not left open", "各个尺寸都已知"),
    (
        "a multiple of {n} values per sample for {shape}, not {given}",
        "每个样本的值的个数是 {n} 的倍数（{shape}），而不是 {given}",
    ),
    (
        "{n} values per sample for {shape}, not {given}",
        "每个样本 {n} 个值（{shape}），而不是 {given} 个",
    ),
    (
        "{size} on {place:t}, for which it was built",
        "{place}为 {size}，它是按这个尺寸建立的",
    ),
    ("the last axis", "最后一个轴"),
    (
        "axis {n} of the first and {m} of the second equal",
        "第一个的轴 {n} 与第二个的轴 {m} 相等",
    ),
    ("more than {size} on axis {n} for {why}", "轴 {n} 大于 {size}，因为 {why}"),
    (
        "an axis from {low} to {high}, not {given}",
        "从 {low} 到 {high} 的轴，而不是 {given}",
    ),
    (
        "a number of channels divisible by {groups}, not {n}",
        "能被 {groups} 整除的通道数，而不是 {n}",
    ),
    (
        "equal sizes on axis {n} to concatenate them on {axis}",
        "轴 {n} 的尺寸相等，才能沿轴 {axis} 拼接",
    ),
    ("equal sizes, or 1, on each axis", "各轴的尺寸相等或为 1"),
    ("equal numbers of axes", "轴数相等"),
    ("equal batch sizes", "批量大小相等"),
    ("a list of exactly {n} tensors", "正好 {n} 个张量的列表"),
    ("a list of tensors, not one tensor alone", "张量的列表，而不是单个张量"),
    ("a list of tensors, not {n} arguments", "张量的列表，而不是 {n} 个参数"),
    ("one input, not a list of {n}", "一个输入，而不是 {n} 个的列表"),
    ("axis {n}", "轴 {n} "),
    ("{low} to {high}", "{low} 到 {high}"),
    # Families of names.
    ("activation", "激活函数"),
    ("initializer", "初始化方法"),
    ("regularizer", "正则化方法"),
    ("constraint", "约束"),
    ("loss", "损失函数"),
    ("metric", "指标"),
    ("optimizer", "优化器"),
    ("layer", "层"),
    ("model", "模型"),
    ("Sequential", " Sequential "),
    # Values passed instead of a layer.
    ("got none", "却没有得到"),
    ("got {words}", "却得到 {words}"),
    ("the class {name}", "类 {name}"),
    ("the layer {name}", "层 {name} "),
    ("the number {n}", "数 {n}"),
    ("the text {text}", "文本 {text}"),
    ("the output of the layer {name}", "层 {name} 的输出"),
    ("a list", "列表"),
    ("a function", "函数"),
]

TO_WRITE = [
    ("smaller sizes in this layer", "给这一层更小的尺寸"),
    ("a smaller batch_size", "更小的 batch_size"),
    ("{code} before it", "在它前面加 {code}"),
    ("{code} before the second", "在第二个前面加 {code}"),
    ("a smaller {name}", "更小的 {name}"),
    (
        "remove a pooling layer before it",
        "去掉它前面的一个池化层",
    ),
    (
        "move Flatten() after it",
        "把 Flatten() 移到它后面",
    ),
    (
        "the model without it: a vector needs no pooling",
        "去掉这一层的模型：向量不需要池化",
    ),
    ("{input} for {data}", "{input}，数据用 {data}"),
    ("{input} without the batch axis", "{input}，不含批次轴"),
    ("{code} in each layer", "每一层都写 {code}"),
    ("{code} for each layer in it", "对其中每一层写 {code}"),
    ("pool or crop one", "对其中一个池化或裁剪"),
    ("crop or pool one of them", "对其中一个裁剪或池化"),
    ("a global pooling on the one with more", "对轴数较多的一个做全局池化"),
    (
        "{code} instead of Flatten()",
        "用 {code} 代替 Flatten()",
    ),
    ("call it on each of them", "分别对每个调用"),
    ("all sizes in {input}", "在 {input} 中写全各个尺寸"),
    ("give larger input", "给更大的输入"),
    ("give {n} columns of targets", "给 {n} 列目标值"),
    ("give {n} column of targets", "给 {n} 列目标值"),
    ("a second layer for this size, {code}", "为这个尺寸另建一层 {code}"),
    (
        "give data of the size that the model was built for",
        "给建立模型时那种尺寸的数据",
    ),
    ("fewer units or filters", "更少的单元或滤波器"),
    ("pool before Flatten()", "在 Flatten() 前池化"),
    ("{code} as the last layer", "把 {code} 作为最后一层"),
    (
        "number the classes without gaps: {code}",
        "把类别连续编号：{code}",
    ),
    (
        "map unknown words to an index in this range",
        "把未知的词映射到这个范围内的编号",
    ),
    (
        "let the generator yield (x, y); flow_from_directory does so unless "
        "class_mode=None",
        "让生成器给出 (x, y)；flow_from_directory 就是这样，除非 class_mode=None",
    ),
    (
        "{code} and keep `classes`; for {loss} also {more}",
        "{code}，并保留 `classes`；用 {loss} 时还要 {more}",
    ),
    ("one of 1, {a} or -1", "1、{a}、-1 之一"),
]
