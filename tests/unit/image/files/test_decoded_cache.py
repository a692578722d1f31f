import gc
import weakref
from pathlib import Path

import numpy as np
import pytest

from nbkeras import config
from nbkeras.image.files import decoded_cache as module
from nbkeras.image.files.decoded_cache import DecodedImageCache
from nbkeras.preprocessing.image import ImageDataGenerator
from nbkeras.utils import image_dataset_from_directory


@pytest.fixture(autouse=True)
def _same_budget_after():
    yield
    config.set_picture_cache(256)


@pytest.fixture
def decoded(monkeypatch):
    """The names of the files that were decoded, in order."""
    names = []
    for where in ("file_iterator", "image_dataset"):
        module = __import__(f"nbkeras.image.pipeline.{where}", fromlist=["load_img"])

        def load(path, *args, real=module.load_img, **options):
            names.append(Path(path).name)
            return real(path, *args, **options)

        monkeypatch.setattr(module, "load_img", load)
    return names


def flow(root, **options):
    options = dict(target_size=(4, 4), batch_size=2, shuffle=False) | options
    return ImageDataGenerator(rescale=1 / 255).flow_from_directory(root, **options)


def one_pass(batches, number=0):
    return np.concatenate([batch.x for batch in batches.epoch(number)])


def test_each_file_is_decoded_once(folders, decoded):
    batches = flow(folders({"a": 2, "b": 1}))
    first = one_pass(batches)
    np.testing.assert_array_equal(one_pass(batches, 1), first)
    assert sorted(decoded) == ["0.png", "0.png", "1.png"]


def test_a_data_set_decodes_each_file_once(folders, decoded):
    root = folders({"a": 2, "b": 1})
    dataset = image_dataset_from_directory(root, image_size=(4, 4), shuffle=False)
    (first, _), (again, _) = next(iter(dataset)), next(iter(dataset))
    np.testing.assert_array_equal(first, again)
    assert len(decoded) == 3


def test_without_a_budget_nothing_is_kept(folders, decoded):
    config.set_picture_cache(0)
    batches = flow(folders({"a": 2, "b": 1}))
    one_pass(batches), one_pass(batches, 1)
    assert len(decoded) == 6


def test_the_budget_is_one_for_all(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_caches", weakref.WeakSet())
    config.set_picture_cache(100 / 2**20)
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    one, other, reads = DecodedImageCache(), DecodedImageCache(), []

    def get(kept, name, size):
        def read():
            reads.append(name)
            return np.zeros(size, "uint8")

        return kept.get(str(tmp_path / name), read)

    get(one, "a", 60), get(other, "b", 60), get(other, "b", 60)
    assert reads == ["a", "b", "b"]
    assert (one.nbytes, other.nbytes) == (60, 0)
    del one
    gc.collect()
    get(other, "b", 60), get(other, "b", 60)
    assert reads == ["a", "b", "b", "b"]
    assert other.nbytes == 60
    assert sum(each.nbytes for each in module._caches) == 60


def test_a_file_that_changed_is_read_again(folders):
    from PIL import Image

    root = folders({"a": 1, "b": 1})
    batches = flow(root)
    before = one_pass(batches)
    Image.fromarray(np.full((9, 9, 3), 255, "uint8")).save(root / "a" / "0.png")
    after = one_pass(batches, 1)
    assert (after[0] == 1).all()
    np.testing.assert_array_equal(after[1], before[1])


def test_what_a_user_gets_can_be_written_to_and_spoils_nothing(folders):
    generator = ImageDataGenerator(zoom_range=0.2)
    root = folders({"a": 2})
    batches = generator.flow_from_directory(root, class_mode=None, batch_size=2)
    first, again = batches[0], batches[0]
    first *= 0
    np.testing.assert_array_equal(batches[0], again)


def test_a_wrong_budget_is_explained():
    with pytest.raises(ValueError, match="set_picture_cache"):
        config.set_picture_cache(-1)
