"""Texts of the augmentation studio."""

ROWS = {
    "title": ("Augmentation studio", "数据增强工作室"),
    "shown": ("What is shown", "显示内容"),
    "variants": ("Variants", "变体"),
    "extremes": ("Extremes", "极值"),
    "seed": ("Seed", "种子"),
    "dice": ("Roll", "掷骰子"),
    "dice_help": ("Another seed: other variants", "换一个种子：得到别的变体"),
    "outline": ("Outlines", "轮廓"),
    "invented": ("Made-up pixels", "虚构像素"),
    "original": ("Original", "原图"),
    "variant": ("Variant {n}", "变体 {n}"),
    "made": ("{n} variants", "{n} 个变体"),
    "made_of": (
        "{n} images of {width} × {height} pixels, values {low} to {high}",
        "{n} 张图，{width} × {height} 像素，取值 {low} 至 {high}",
    ),
    "choose": ("Pictures", "图片"),
    "settings": ("Settings", "设置"),
    # Groups of settings.
    "place": ("Place", "位置"),
    "outside": ("Pixels from outside the image", "边界之外"),
    "light": ("Light", "明暗"),
    "scaling": ("Scaling", "缩放数值"),
    "reading": ("Reading", "读取"),
    "low": ("low", "下限"),
    "high": ("high", "上限"),
    "alike": ("both sides alike", "两侧对称"),
    # What is to be known.
    "learnt": (
        "Mean, deviation or whitening were fitted to these images; in your program "
        "datagen.fit(x_train) fits them to all.",
        "均值、方差、白化由这些图片算得；程序中 datagen.fit(x_train) 由全部数据算得。",
    ),
    "other_range": (
        "The value_range of a layer is not the range of these images: they become too "
        "light or too dark.",
        "某层的 value_range 与图片取值范围不符：结果会过亮或过暗。",
    ),
    "scaled_twice": (
        "Almost black: these images are already scaled to 0 to 1. Leave rescale out.",
        "几乎全黑：这些图片已在 0 至 1 之间，请去掉 rescale。",
    ),
    "no_ranges": (
        "No random changes yet: move a slider.",
        "还没有随机变化：请拖动滑块。",
    ),
    "no_outline": (
        "A layer changes the size itself, so there are no outlines.",
        "某层改变了尺寸，无法绘制轮廓。",
    ),
    "smaller": (
        "Images are shown reduced; shifts in whole pixels count the pixels shown.",
        "图片已缩小显示；以像素计的平移按显示的像素计算。",
    ),
    "skipped": (
        "{n} files cannot be read:",
        "{n} 个文件无法读取：",
    ),
    "caption": (
        "An image and {n} variants of it. {code}",
        "一张图片及其 {n} 个变体。{code}",
    ),
    # What arguments mean, shown when pointed at.
    "help_rotation_range": ("degrees, either way", "角度，双向"),
    "help_width_shift_range": (
        "fraction of the width in both directions; integers are pixels",
        "宽度的比例，双向；整数表示像素",
    ),
    "help_height_shift_range": (
        "fraction of the height in both directions; integers are pixels",
        "高度的比例，双向；整数表示像素",
    ),
    "help_zoom_range": (
        "above 1 zooms out; drawn separately for each axis",
        "大于 1 为缩小；两个方向各自随机",
    ),
    "help_shear_range": ("degrees", "角度"),
    "help_horizontal_flip": (
        "left to right, with probability 0.5",
        "左右翻转，一半概率",
    ),
    "help_vertical_flip": ("upside down, with probability 0.5", "上下翻转，一半概率"),
    "help_fill_mode": (
        "how pixels outside the image are filled",
        "图片以外的像素从何而来",
    ),
    "help_cval": ('the fill value for "constant"', "constant 模式下的填充值"),
    "help_fill_value": ('the fill value for "constant"', "constant 模式下的填充值"),
    "help_interpolation_order": (
        "0 nearest pixel, 1 linear, 2 to 5 splines",
        "0 最近像素，1 线性，2 至 5 样条",
    ),
    "help_brightness_range": (
        "factor; 1 leaves the brightness unchanged",
        "倍数；1 为不变",
    ),
    "help_channel_shift_range": (
        "added to or subtracted from all values",
        "加到所有值上，双向",
    ),
    "help_rescale": ("factor for all values", "所有值乘以此数"),
    "help_featurewise_center": (
        "subtract the mean of the data",
        "减去整个数据集的均值",
    ),
    "help_samplewise_center": ("subtract each image's mean", "减去每张图的均值"),
    "help_featurewise_std_normalization": (
        "divide by the deviation of the data",
        "除以整个数据集的标准差",
    ),
    "help_samplewise_std_normalization": (
        "divide by each image's deviation",
        "除以每张图的标准差",
    ),
    "help_zca_whitening": (
        "remove correlations between pixels",
        "去除像素之间的相关性",
    ),
    "help_zca_epsilon": ("avoids division by zero in whitening", "避免白化时除以零"),
    "help_validation_split": (
        "fraction of the data for validation; changes no image",
        "用于验证的数据比例；不改变图片",
    ),
    "help_factor": ("range of the random change", "随机变化的范围"),
    "help_alpha": (
        "of the Beta distribution of the shares; small values hardly mix",
        "混合比例的 Beta 分布参数；小值几乎不混合",
    ),
    "help_brightness_factor": (
        "range of the change of brightness; off: none",
        "亮度变化的范围；关闭则不变",
    ),
    "help_contrast_factor": (
        "how much less and more contrast; off: none",
        "对比度减小与增大的幅度；关闭则不变",
    ),
    "help_saturation_factor": (
        "range of the change of saturation; off: none",
        "饱和度变化的范围；关闭则不变",
    ),
    "help_hue_factor": (
        "range of the change of hue; off: none",
        "色相变化的范围；关闭则不变",
    ),
    "help_sigma": ("range of the width of the blur", "模糊宽度的范围"),
    "help_scale": ("range of the size of the change", "变化大小的范围"),
    "help_num_ops": ("changes applied to each image", "每张图应用的变化数"),
    "help_num_chains": ("chains that are blended", "混合的链数"),
    "help_chain_depth": ("most changes in a chain", "每条链最多的变化数"),
    "help_height_factor": ("share of the height", "高度的比例"),
    "help_width_factor": ("share of the width", "宽度的比例"),
    "help_value_range": (
        "minimum and maximum pixel value",
        "像素的最小值与最大值",
    ),
    "help_seed": ("makes random draws reproducible", "区分各层的随机数"),
    "help_keras_compat": (
        "Keras's behaviour also where it differs from its documentation",
        "与 Keras 的实际行为完全一致",
    ),
}
