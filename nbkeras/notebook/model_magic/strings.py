"""Texts of the `%%model` cell."""

ROWS = {
    "line": ("Line {n}: {source}", "第 {n} 行：{source}"),
    "came": ("Input: {text}", "传入的形状：{text}"),
    "needed": ("Needed: {text}", "需要的是：{text}"),
    "write": ("Write for example: {text}", "可以写成：{text}"),
    "no_python": (
        "Python cannot read this line: {text}.",
        "Python 读不懂这一行：{text}。",
    ),
    "no_name": (
        "{name!r} is neither a layer nor a variable of the notebook.",
        "没有名为 {name!r} 的层，笔记本里也没有这个变量。",
    ),
    "no_quotes": (
        "There is no variable {name}. The name of {family} is a string, in quotes: "
        "{name!r}.",
        "没有叫 {name} 的变量。{family}的名字是文本，要加引号：{name!r}。",
    ),
    "activation": ("an activation", "激活函数"),
    "initializer": ("an initializer", "初始化方法"),
    "loss": ("a loss", "损失函数"),
    "metric": ("a metric", "指标"),
    "optimizer": ("an optimizer", "优化器"),
    "no_import": (
        "A %%model cell needs no import: every layer is available by its name, and "
        "{name} is nbkeras. Leave this line out.",
        "%%model 单元不需要 import：每种层直接写名字就能用，这里的 {name} 就是 "
        "nbkeras。请去掉这一行。",
    ),
    "full_width": (
        "{wrong!r} is a full-width character from a Chinese input method. Python "
        "needs {right!r}: switch the keyboard to English.",
        "{wrong!r} 是全角符号。Python 需要半角的 {right!r}：请把输入法切换到英文。",
    ),
    "rate_alone": (
        "--lr {text} has no effect, because the model is not compiled. Also give "
        "--loss.",
        "--lr {text} 还不起作用：模型尚未编译。请同时写上损失函数。",
    ),
    "no_model": (
        "A %%model cell needs no {name}: each layer is on its own line, without "
        "model.add() and without commas.",
        "%%model 单元不需要 {name}：每层各占一行，不用 model.add()，也不用逗号。",
    ),
    # What became of the weights.
    "kept": ("Kept: {names}.", "保留：{names}。"),
    "changed": (
        "Begins anew (its shape changed): {names}.",
        "形状变了，重新开始：{names}。",
    ),
    "new": ("Added: {names}.", "新增：{names}。"),
    "dropped": ("Removed: {names}.", "移除：{names}。"),
    "kept_all": ("Every layer kept its weights.", "所有层都保留了权重。"),
    "afresh": ("All weights are new.", "全部权重重新开始。"),
    "unknown_shapes": (
        "No weights were kept, because the shapes are not known yet. Give --input.",
        "没有保留权重：形状还不确定。写上 --input 就知道了。",
    ),
    "undo": ("Back: {name}.undo()", "撤销：{name}.undo()"),
    "undone": (
        "{name} is the previous model again, with its weights.",
        "{name} 又是之前的模型，权重也一并恢复。",
    ),
    "nothing_before": (
        "There is no earlier model of this name.",
        "在此之前没有叫这个名字的模型。",
    ),
    "unused": (
        "Not used by the model: {names}.",
        "模型没有用到：{names}。",
    ),
    "not_a_model": (
        "{name} is not a model of this notebook. Write %model and the name of a model.",
        "{name} 不是这个笔记本里的模型。请写 %model 加模型的名字。",
    ),
    "usage": (
        "%model net shows the model net; a cell that begins with %%model net writes "
        "one. More: %model?",
        "%model net 显示模型 net；以 %%model net 开头的单元用来写模型。详见：%model?",
    ),
    "taken": (
        "The variable {name} is not a model of nbkeras (its type is {kind}), and it "
        "would be overwritten. Choose another name.",
        "变量 {name} 不是 nbkeras 的模型（类型是 {kind}），会丢失。请换一个名字。",
    ),
    # %keras
    "keras_on": (
        "import keras now means nbkeras. To undo this: %keras off",
        "现在 import keras 就是 nbkeras。取消：%keras off",
    ),
    "keras_off": (
        "import keras means Keras itself again. Names imported before are unchanged.",
        "import keras 又是 Keras 本身。之前导入的名字不变。",
    ),
    "keras_not_tensorflow": (
        "TensorFlow is installed here, so tensorflow.keras stays its own.",
        "这里装有 TensorFlow，所以 tensorflow.keras 仍是它自己的。",
    ),
    "keras_usage": (
        "%keras {how} is unknown. Write %keras to switch it on, %keras off to switch "
        "it off, or %%keras at the top of a cell.",
        "不认识 %keras {how}。用 %keras 打开，用 %keras off 取消，"
        "或在单元开头写 %%keras。",
    ),
    "keras_refused": (
        "Restart the kernel, and write %keras in the first cell.",
        "做法：重启内核，并在第一个单元写 %keras。",
    ),
}
