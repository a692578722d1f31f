"""`nbkeras.preview`: look at what a generator or layers make of pictures."""

from nbkeras.analysis.image_samples.samples import collect_samples
from nbkeras.core import check
from nbkeras.notebook.augmentation.session import AugmentationSession
from nbkeras.notebook.augmentation.widget import Studio

MOST = 48


def preview(
    datagen_or_layers,
    images=None,
    *,
    seed=0,
    count=12,
    size=None,
    class_names=None,
    pictures=12,
):
    """Open the augmentation studio: variants of a picture, every argument to try.

    Variant k is what `datagen.standardize(datagen.random_transform(x, seed=seed + k))`
    gives; of layers, what they give for `count` copies of x after
    `nbkeras.utils.set_random_seed(seed)`, called with `training=True`.

    Args:
        datagen_or_layers: an ImageDataGenerator, a random layer such as RandomFlip, or
            a list or Sequential of layers. It is not changed.
        images: array of pictures (count, height, width, channels) or one of them,
            (x, y), a folder, a file or a list of them, or an iterator of batches. May
            be left out for an iterator of an ImageDataGenerator in the first place.
        seed: of the draws, an integer.
        count: how many variants, at most 48.
        size: (height, width) to read files at, your target_size; files and arrays are
            otherwise shown with at most 128 pixels a side.
        class_names: names in the order of class numbers.
        pictures: how many pictures to choose from.

    Returns:
        The studio, a widget: `.datagen` or `.layers` with what was set, `.code`,
        `.variants` (arrays), `.figure()` a Matplotlib figure.

    Raises:
        ValueError, TypeError, FileNotFoundError: nothing to change or to show, and
        what to write instead.

    >>> from nbkeras.layers import RandomRotation
    >>> studio = preview(RandomRotation(0.1), np.ones((2, 32, 32, 3)), count=4)
    >>> studio.variants.pictures.shape
    (4, 32, 32, 3)
    """
    if images is None and getattr(datagen_or_layers, "image_data_generator", None):
        images = datagen_or_layers
        datagen_or_layers = images.image_data_generator
    if images is None:
        raise ValueError(
            "preview(datagen): there are no pictures to show. Write for example "
            'preview(datagen, x_train) or preview(datagen, "data/train").'
        )
    seed = check.whole("preview", "seed", seed)
    count = check.positive_int("preview", "count", count, example=12)
    pictures = check.positive_int("preview", "pictures", pictures, example=12)
    if max(count, pictures) > MOST:
        name = "count" if count > MOST else "pictures"
        raise ValueError(
            f"preview({name}={max(count, pictures)}): at most {MOST} are shown. Write "
            f"for example {name}=12."
        )
    if size is not None:
        size = check.ints("preview", "size", size, 2, example=150)
    data_format = getattr(datagen_or_layers, "data_format", None)
    samples = collect_samples(
        "preview", images, pictures, size, class_names, data_format
    )
    return Studio(AugmentationSession(datagen_or_layers, samples, count), seed=seed)
