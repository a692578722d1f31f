"""Words of the gradient-descent lab."""

ROWS = {
    "title": ("Gradient descent", "梯度下降"),
    # What is walked on.
    "ground": ("Function", "函数"),
    "own": ("Your own", "自己的"),
    "formula": ("Formula", "公式"),
    "walk_on": ("Walk on it", "使用"),
    "line_title": ("A line through your points", "过点的直线"),
    "model_title": ("The loss of {name}", "{name} 的损失"),
    "bowl": ("Bowl", "碗"),
    "narrow valley": ("Narrow valley", "窄谷"),
    "waves": ("Waves", "波浪"),
    "saddle": ("Saddle", "鞍面"),
    "four valleys": ("Four valleys (Himmelblau)", "四个谷（Himmelblau）"),
    "banana": ("Banana (Rosenbrock)", "香蕉谷（Rosenbrock）"),
    "beale": ("Beale", "Beale"),
    "egg box": ("Egg box (Rastrigin)", "蛋盒（Rastrigin）"),
    "plateau": ("Plateau", "高原"),
    "parabola": ("Parabola", "抛物线"),
    "two valleys": ("Two valleys", "两个谷"),
    "ripples": ("Ripples", "涟漪"),
    # Views.
    "map": ("Map of the loss", "损失地图"),
    "map_keys": (
        "Map of the loss. Click to put the start there, or drag it; with the keyboard, "
        "arrow keys move it, with Shift ten times as far.",
        "损失地图。点击或拖动以放置起点；键盘方向键可移动，按住 Shift 移动十倍。",
    ),
    "curve": ("Curve of the loss", "损失曲线"),
    "relief": ("Relief", "立体图"),
    "relief_keys": (
        "Relief of the loss. Drag to turn it; with the keyboard, arrow keys turn it.",
        "损失立体图。拖动或用方向键旋转。",
    ),
    "falls": ("Loss at each step", "每一步的损失"),
    "fit": ("Your points and the line", "数据点与直线"),
    "fit_keys": (
        "Points and line. Click to add a point, drag one to move it, Delete takes it "
        "away.",
        "数据点与直线。点击添加点，拖动移动点，Delete 删除点。",
    ),
    "point": ("Point {n}: x {x}, y {y}", "点 {n}：x {x}，y {y}"),
    "log_height": ("heights on a log scale", "高度为对数刻度"),
    "start": ("Start", "起点"),
    "start_at": ("Start at {place}", "起点在 {place}"),
    # Transport.
    "transport": ("Walk", "行走"),
    "rewind": ("Rewind", "回到起点"),
    "back": ("One step back", "后退一步"),
    "play": ("Play", "播放"),
    "pause": ("Pause", "暂停"),
    "forward": ("One step", "走一步"),
    "at": ("step {at} of {steps}", "第 {at} 步，共 {steps} 步"),
    "scrub": ("Step", "步"),
    # The five steps.
    "lesson": ("The five steps", "五个步骤"),
    "next": ("Next of the five", "下一步骤"),
    "whose": ("The five steps of", "讲解哪个优化器"),
    "initialise": ("Initialise", "初始化"),
    "error": ("Error", "计算误差"),
    "gradient": ("Gradient", "计算梯度"),
    "update": ("Update", "更新参数"),
    "repeat": ("Repeat", "重复"),
    "initialise_words": (
        "Begin somewhere. Here the parameters are:",
        "从某处开始。此时参数为：",
    ),
    "error_words": (
        "Measure how bad this place is. This number shall become small.",
        "计算这里有多差。目标是让这个数变小。",
    ),
    "gradient_words": (
        "Ask how the error changes with each parameter: the slope points uphill.",
        "看误差随每个参数怎样变化：梯度指向上坡。",
    ),
    "update_words": (
        "Take a step the other way. The learning rate says how long.",
        "朝反方向走一步。学习率决定步长。",
    ),
    "repeat_words": (
        "Look at the error again, and start over from the new place.",
        "再看误差，从新位置重新开始。",
    ),
    "ended": ("The walk ends here.", "行走到此结束。"),
    # Settings.
    "racers": ("Optimizers", "优化器"),
    "racer": ("Optimizer {n}", "优化器 {n}"),
    "lr": ("Learning rate", "学习率"),
    "lr_of": ("Learning rate of optimizer {n}", "优化器 {n} 的学习率"),
    "momentum_word": ("Momentum", "动量"),
    "momentum_of": ("Momentum of optimizer {n}", "优化器 {n} 的动量"),
    "add": ("Add an optimizer", "添加优化器"),
    "remove": ("Remove optimizer {n}", "移除优化器 {n}"),
    "noise": ("Batch noise", "批次噪声"),
    "batch": ("Points in a batch", "每批点数"),
    "again": ("Other batches", "换一组批次"),
    "arrows": ("Arrows", "箭头"),
    "gradient_arrow": ("Downhill", "下坡方向"),
    "velocity_arrow": ("Velocity", "速度"),
    "scale_arrow": ("Adaptive scale", "自适应尺度"),
    "sgd": ("SGD", "SGD"),
    "momentum": ("SGD + momentum", "SGD + 动量"),
    "nesterov": ("SGD + Nesterov", "SGD + Nesterov"),
    "adagrad": ("Adagrad", "Adagrad"),
    "rmsprop": ("RMSprop", "RMSprop"),
    "adam": ("Adam", "Adam"),
    "adamw": ("AdamW", "AdamW"),
    "adamax": ("Adamax", "Adamax"),
    "nadam": ("Nadam", "Nadam"),
    "adadelta": ("Adadelta", "Adadelta"),
    "lion": ("Lion", "Lion"),
    # How walks end.
    "overflow": (
        "Diverges: at step {step} the numbers are too large for float32.",
        "发散：第 {step} 步时数值超出 float32 范围。",
    ),
    "climbing": (
        "Diverges: every step overshoots, and the loss climbs.",
        "发散：每一步都越过谷底，损失上升。",
    ),
    "bouncing": (
        "Goes to and fro: steps are as long as the valley is wide.",
        "来回弹跳：步长与谷一样宽。",
    ),
    "saddle_end": (
        "Stands on a saddle: level ground, but no valley.",
        "停在鞍点：地面是平的，但不是谷底。",
    ),
    "arrived": (
        "Arrived at step {step}: level ground.",
        "第 {step} 步到达：地面已平。",
    ),
    "walking": ("Still on the way.", "还在路上。"),
    "safe": (
        "Plain descent is stable here below {lr}.",
        "此处学习率低于 {lr} 时稳定。",
    ),
    # Code, errors, waiting.
    "code": ("Code for what you see", "所见对应的代码"),
    "waiting": (
        "The kernel is busy; the answer will come.",
        "内核正忙，稍后会有回应。",
    ),
    "spoken": (
        "{racer}: loss {loss} at step {at}.",
        "{racer}：第 {at} 步损失 {loss}。",
    ),
    "still": (
        "{racer}: loss {first} → {last} in {steps} steps.",
        "{racer}：{steps} 步内损失 {first} → {last}。",
    ),
}
