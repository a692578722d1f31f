"""Texts of the live training dashboard and its static picture."""

ROWS = {
    # How the run stands.
    "starting": ("Getting ready", "准备中"),
    "running": ("Training", "训练中"),
    "validating": ("Validating", "验证中"),
    "paused": ("Paused", "已暂停"),
    "completed": ("Done", "已完成"),
    "stopped": ("Stopped", "已停止"),
    "interrupted": ("Interrupted", "已中断"),
    "failed": ("Failed", "出错"),
    "lost": ("Kernel gone", "内核已结束"),
    "lost_run": (
        "The kernel ended, and this run with it, after {seconds} in epoch {epoch}, "
        "step {batch}. Saved weights remain. To train, run "
        "the cells from the top.",
        "内核已结束，训练随之止于第 {epoch} 轮第 {batch} 步，用时 {seconds}。"
        "权重只有保存过才还在。要重新训练，请从头运行各单元。",
    ),
    "compiling": ("compiling the first step", "正在编译第一步"),
    "at": ("epoch {epoch} of {epochs}", "第 {epoch} 轮，共 {epochs} 轮"),
    "at_step": ("step {batch} of {batches}", "第 {batch} 步，共 {batches} 步"),
    "at_step_open": ("step {batch}", "第 {batch} 步"),
    "fit_number": ("fit {n} of this cell", "本单元第 {n} 次 fit"),
    "asked_pause": ("pausing after this step", "本步之后暂停"),
    "asked_resume": ("going on", "正在继续"),
    "asked_step": ("one step", "走一步"),
    "asked_stop": ("stopping after this step", "本步之后停止"),
    "asked_validate": ("validating after this step", "本步之后验证"),
    "continued": (
        "Continues from epoch {done} with weights trained before.",
        "从第 {done} 轮继续：这些权重之前已经训练过。",
    ),
    "kept": (
        "The model keeps every completed step; call fit again to continue from there.",
        "模型保留了已完成的每一步；再次调用 fit 会从这里继续。",
    ),
    "unreachable": (
        "This page cannot reach a busy kernel. To stop, interrupt the kernel (the ■ in "
        "the toolbar): the model keeps every step. Or train with background=True.",
        "此页面无法联系正忙的内核。要停止，请中断内核（工具栏上的 ■），"
        "模型会保留每一步；或用 background=True 训练。",
    ),
    "diverged": ("Diverged", "已发散"),
    # Controls.
    "controls": ("Training controls", "训练控制"),
    "pause": ("Pause", "暂停"),
    "resume": ("Resume", "继续"),
    "step": ("Step", "单步"),
    "stop": ("Stop", "停止"),
    "validate": ("Validate now", "立即验证"),
    "rate": ("Learning rate", "学习率"),
    "loss_weights": ("Loss weights", "损失权重"),
    "loss_weight": ("Weight of the loss of {output}", "{output} 的损失权重"),
    "speed": ("Speed", "速度"),
    "full_speed": ("Full speed", "全速"),
    "one_a_second": ("1 step a second", "每秒 1 步"),
    "a_second": ("{n} steps a second", "每秒 {n} 步"),
    # Facts.
    "progress": ("Progress", "进度"),
    "elapsed": ("Elapsed", "已用时间"),
    "left": ("Time left", "剩余时间"),
    "throughput": ("Examples / s", "样本/秒"),
    "step_time": ("Time per step", "每步用时"),
    # Privacy.
    "privacy": ("Privacy", "隐私"),
    "privacy_now": ("ε {epsilon} so far, δ {delta}", "目前 ε {epsilon}，δ {delta}"),
    "privacy_half": ("ε with half", "减半时 ε"),
    "privacy_end": ("ε at the end", "结束时 ε"),
    "privacy_double": ("ε with double", "加倍时 ε"),
    "privacy_noise": ("noise", "噪声"),
    "privacy_rate": ("sampling rate", "采样率"),
    "privacy_steps": ("steps", "步数"),
    # Charts.
    "train": ("train", "训练"),
    "validation": ("validation", "验证"),
    "epoch": ("epoch", "轮"),
    "step_axis": ("step", "步"),
    "cursor": ("epoch {epoch}, step {step}", "第 {epoch} 轮，第 {step} 步"),
    "chart": ("{name}, curve over training", "{name}，训练曲线"),
    "empty": ("waiting for the first step", "等待第一步"),
    "scale": ("Scale", "刻度"),
    "linear": ("Linear", "线性"),
    "log": ("Log", "对数"),
    "smoothing": ("Smoothing", "平滑"),
    "axis": ("Axis", "横轴"),
    "epochs_axis": ("Epochs", "轮"),
    "steps_axis": ("Steps", "步"),
    "reset": ("Reset zoom", "重置缩放"),
    "view": ("View", "视图"),
    # Epoch table and moves.
    "table": ("Epoch table", "逐轮表"),
    "best": ("best", "最佳"),
    "now": ("now", "即时"),
    "row_within": ("{epoch}, step {batch}", "{epoch}，第 {batch} 步"),
    "row_at_step": ("step {step}", "第 {step} 步"),
    "mark_rate": ("rate {rate}", "学习率 {rate}"),
    "mark_loss_weight": ("{output} × {weight}", "{output} × {weight}"),
    "moves": ("Your changes as code", "把操作变成代码"),
    "moves_hint": (
        "Build the model and fit as before, from the same seed, with this callback: "
        "the weights come out the same.",
        "用同一随机种子照原样建模并训练，加上这个回调：得到的权重完全相同。",
    ),
    # Back in time.
    "travel": ("Back in time", "回到过去"),
    "layers": ("Layers", "各层"),
    "as_of": ("As of", "截至"),
    "then_start": ("the start", "训练开始时"),
    "then_epoch": ("epoch {epoch} of {last}", "第 {epoch} 轮，共 {last} 轮"),
    "go_back": ("Go back here", "回到这里"),
    "stop_and_go_back": ("Stop and go back here", "停止并回到这里"),
    "example": ("example {n}", "样本 {n}"),
    "example_before": ("Example before", "上一个样本"),
    "example_next": ("Next example", "下一个样本"),
    "past_confusion": ("Confusion", "混淆矩阵"),
    "past_inside": ("Inside the network", "网络内部"),
    "past_epoch": ("epoch {epoch}", "第 {epoch} 轮"),
    "past_waits": ("Computing …", "计算中…"),
    "confusion_of": (
        "{rows} rows as of {epoch}: {accuracy} % right",
        "截至{epoch}，共 {rows} 行：{accuracy} % 正确",
    ),
    "confusion_cell": (
        "{label} predicted as {predicted}: {n}",
        "{label} 被预测为 {predicted}：{n}",
    ),
    "true_class": ("true", "真值"),
    "predicted_class": ("predicted", "预测"),
    "inside_of": ("The layers as of {epoch}.", "截至{epoch}的各层。"),
    "truth_mark": ("(true)", "（真值）"),
    "truth_is": ("true value {truth}", "真值 {truth}"),
    "output_is": ("output {value}", "输出 {value}"),
    "spoken_train_at": ("{place}: train {train}", "{place}：训练 {train}"),
    "spoken_at": (
        "{place}: train {train}, validation {validation}",
        "{place}：训练 {train}，验证 {validation}",
    ),
    "spoken": ("{status}. {where}. {values}", "{status}。{where}。{values}"),
}

# Sentences that Python fills in; the page does not need their words.
SENTENCES = {
    "no_classes": (
        "There is no confusion matrix: the rows have no class numbers.",
        "没有混淆矩阵：这些行没有类别编号。",
    ),
    # Back in time.
    "went_back": (
        "The model is as it was after epoch {epoch}. Call fit to train on from there.",
        "模型已回到第 {epoch} 轮之后的样子。调用 fit 即从那里继续训练。",
    ),
    "went_back_start": (
        "The model is as it was at the start of this run. Call fit to train it anew.",
        "模型已回到这次训练开始时的样子。调用 fit 即重新训练。",
    ),
    # The caption of the picture that stays.
    "caption_epochs": (
        "{status}: {done} of {epochs} epochs in {seconds} s.",
        "{status}：{epochs} 轮中的 {done} 轮，用时 {seconds} 秒。",
    ),
    "caption_not_begun": ("Not begun.", "尚未开始。"),
    "caption_active": (
        "Saved while training. A busy kernel still trains: to stop it, interrupt the "
        "kernel (the ■ in the toolbar); the model keeps every step.",
        "保存时训练仍在进行。内核忙碌即仍在训练：要停止，请中断内核（工具栏上的 ■），"
        "模型会保留每一步。",
    ),
    "caption_metric": ("{name} {first} → {last}", "{name} {first} → {last}"),
    "caption_val": (" (validation {last})", "（验证 {last}）"),
    "caption_best": ("best {best} in epoch {epoch}", "最佳 {best}（第 {epoch} 轮）"),
    # A loss that is no number any more.
    "not_finite": (
        "{name} is {value} since epoch {epoch}. A smaller learning rate often helps.",
        "{name} 从第 {epoch} 轮起为 {value}。调小学习率往往有用。",
    ),
    "not_finite_raised": (
        "{name} is {value} since epoch {epoch}: the learning rate was raised to "
        "{rate}. Set it back to {old_rate}.",
        "{name} 自第 {epoch} 轮起为 {value}：学习率被调到了 {rate}。"
        "请调回 {old_rate}。",
    ),
    # What the curves say went wrong; see `analysis.learning_curves`.
    "rate_raised": (
        "The learning rate was raised to {rate} in epoch {epoch}, and the loss went "
        "from {before} to {now}. Set it back to {old_rate}; if the loss stays high, "
        "build the model anew.",
        "第 {epoch} 轮学习率调到了 {rate}，损失从 {before} 变为 {now}。请调回 "
        "{old_rate}；若损失仍高，请重新建立模型。",
    ),
    "growing": (
        "The loss rose from {first} to {highest} and has not come back: the learning "
        "rate is too large. Try a tenth of it.",
        "损失从 {first} 升到 {highest}，没有再降下来：学习率太大。请试试它的十分之一。",
    ),
    "flat": (
        "The loss has not moved since epoch {epoch}: {first}, now {now}. Try another "
        "learning rate (nbkeras.lr_find(model, (x, y)) finds one), and check that the "
        "inputs are scaled and the labels belong to them.",
        "损失自第 {epoch} 轮起没有变化：当时 {first}，现在 {now}。请换一个学习率"
        "（nbkeras.lr_find(model, (x, y)) 能找到），并检查输入是否缩放、标签是否对应。",
    ),
    "slow": (
        "The loss falls very slowly: {first}, now {now}. If nbkeras.xray(model, (x, "
        "y)) names no frozen or dead layer and no strong augmentation, try a learning "
        "rate ten times as large.",
        "损失下降很慢：开始时 {first}，现在 {now}。如果 nbkeras.xray(model, (x, y)) 没"
        "有指出冻结或死亡的层，也没有指出过强的数据增强，请把学习率调大十倍试试。",
    ),
    "not_carried_over": (
        "The validation loss was never much lower than at the start ({start}, best "
        "{best}) while the training loss fell to {train}: what is learned does not "
        "hold for the validation data. Check that its inputs are scaled and its labels "
        "numbered as in training, and that the training labels belong to their rows: "
        "nbkeras.interpret(model, x, y) of both.",
        "训练损失降到了 {train}，而验证损失从未明显低于开始时（{start}，最佳 {best}）："
        "学到的东西对验证数据不成立。请检查验证数据的缩放和标签编号是否与训练时一致，"
        "以及训练标签是否对应各行：对两者用 nbkeras.interpret(model, x, y)。",
    ),
    "train_above": (
        "The training loss stays above the validation loss since epoch {epoch} "
        "({train} against {validation}): what acts only in training, such as dropout, "
        "augmentation or noise, is strong. Try a smaller rate or weaker augmentation; "
        "nbkeras.xray names the layers.",
        "训练损失自第 {epoch} 轮起一直高于验证损失（{train} 对 {validation}）："
        "只在训练时起作用的 dropout、数据增强或噪声很强。请调小比例或减弱增强；"
        "nbkeras.xray 会指出是哪些层。",
    ),
    "validation_rises": (
        "Validation loss has risen since epoch {epoch} (best {best}, now {now}) while "
        "the training loss falls: overfitting. Try "
        "EarlyStopping(restore_best_weights=True), Dropout or more data.",
        "训练损失还在下降，验证损失却自第 {epoch} 轮起上升（最佳 {best}，现在 {now}）："
        "过拟合。请试试 EarlyStopping(restore_best_weights=True)、Dropout 或更多数据。",
    ),
    "apart": (
        "Training and validation loss have drifted apart since epoch {epoch}: {train} "
        "against {validation}. Try Dropout, augmentation or more data.",
        "训练损失与验证损失自第 {epoch} 轮起拉开：{train} 对 {validation}。"
        "请试试 Dropout、数据增强或更多数据。",
    ),
}
