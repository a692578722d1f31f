"""Texts of the model plot."""

ROWS = {
    "title": ("Model {name}", "模型 {name}"),
    "compiling": ("compiling", "编译中"),
    "ready": ("ready to train", "可以训练"),
    "empty": ("No layers yet.", "还没有层。"),
    # Controls.
    "controls": ("View of the picture", "图的视图"),
    "across": ("Across", "横向"),
    "down": ("Down", "纵向"),
    "larger": ("Larger", "放大"),
    "smaller": ("Smaller", "缩小"),
    "more": ("{n} more {sign}", "还有 {n} 个 {sign}"),
    "fold_all": ("Fold all", "全部折叠"),
    "unfold": ("Open", "展开"),
    "fold": ("Fold", "折叠"),
    "layers_of": ("Layers of {name}", "{name} 的层"),
    "keys": (
        "Arrow keys go from layer to layer, Enter opens.",
        "方向键在层间移动，回车键打开。",
    ),
    "whole": ("The whole model", "整个模型"),
    "hint": (
        "Point at a layer for its arithmetic, click it for its weights.",
        "指向某层可看计算，点击可看权重。",
    ),
    # At the blocks.
    "params": ("{n} params", "{n} 参数"),
    "layers": ("{n} layers", "{n} 层"),
    "frozen": ("frozen", "已冻结"),
    "trained": ("trainable", "可训练"),
    # Rows of facts.
    "count_layers": ("Layers", "层数"),
    "shape": ("Shape", "形状"),
    "height": ("Height", "高"),
    "width": ("Width", "宽"),
    "depth": ("Depth", "深"),
    "steps": ("Steps", "步"),
    "each side": ("Each side", "每边"),
    "values": ("Values", "数值"),
    "window": ("Values in a window", "窗口内的数值"),
    "channels": ("Channels", "通道"),
    "shapes": ("Joined", "合并"),
    "parameters": ("Parameters", "参数"),
    "of_them_trained": ("{n}, of which {m} are trained", "{n}，其中 {m} 可训练"),
    "multiply_adds": ("Multiply-adds", "乘加"),
    "reach": ("Receptive field", "感受野"),
    "reach_at": ("{size} of the input, {jump} apart", "输入的 {size}，间隔 {jump}"),
    "reach_whole": ("the whole input", "整个输入"),
    "operations": ("Operations for one sample", "每个样本的运算量"),
    "memory": ("Memory for a batch of 32", "批量 32 的内存"),
    "memory_of": ("{kept} outputs + {weights} weights", "输出 {kept} + 权重 {weights}"),
    "memory_kept": ("{kept} outputs", "输出 {kept}"),
    "weights_memory": ("Weights", "权重"),
    "unwired": (
        "The connections are defined in its call method; layers are shown in the "
        "order of creation.",
        "层的连接只有 call 方法知道；此处按创建顺序排列。",
    ),
    # The inspector.
    "inspector": ("Layer {name}", "层 {name}"),
    "code": ("As code", "代码"),
    "settings": ("Settings", "设置"),
    "weights": ("Weights", "权重"),
    "no_weights": ("This layer has no weights.", "该层没有权重。"),
    "not_built": (
        "Not built: weights are created on the first data or with an Input(shape=...).",
        "尚未构建：权重会在首批数据或 Input(shape=...) 之后产生。",
    ),
    "spread": (
        "{low} to {high}, mean {mean}, standard deviation {deviation}",
        "{low} 到 {high}，均值 {mean}，标准差 {deviation}",
    ),
    "histogram": ("Histogram of {name}", "{name} 的直方图"),
    "tiles_rgb": (
        "{n} kernels, in the colours they respond to",
        "{n} 个卷积核（按响应的颜色）",
    ),
    "tiles_grey": (
        "{n} kernels, mean over input channels; mid-grey is 0",
        "{n} 个卷积核（对输入取均值，中灰为 0）",
    ),
    "tiles_matrix": ("The matrix; mid-grey is 0", "矩阵（中灰为 0）"),
    # A mistake.
    "wrong_line": ("Line {line}", "第 {line} 行"),
    "came": ("What came in", "输入"),
    "needed": ("What is needed", "需要"),
    "write": ("Write", "写成"),
    # What stays.
    "caption": (
        "Model {name}: {layers} layers, {parameters} parameters, {operations} "
        "operations for one sample, {memory} for a batch of 32.",
        "模型 {name}：{layers} 层，{parameters} 个参数，每个样本 {operations} 次运算，"
        "批量 32 需 {memory}。",
    ),
    "caption_wrong": ("Line {line}: {source}", "第 {line} 行：{source}"),
    "caption_open": (
        "Model {name}: {layers} layers; shapes are known once it is built.",
        "模型 {name}：{layers} 层；构建后才知道形状。",
    ),
    "as_text": ("As text", "文本"),
    # model.summary() as a table.
    "layer": ("Layer (type)", "层（类型）"),
    "output_shape": ("Output shape", "输出形状"),
    "count": ("Params", "参数"),
    "inputs": ("Connected to", "连接到"),
    "trainable": ("Trainable", "可训练"),
    "nested_layers": ("{n} layers", "{n} 层"),
}
