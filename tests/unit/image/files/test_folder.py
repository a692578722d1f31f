import os

import pytest
from PIL import Image

from nbkeras.core.notices import NbkerasNotice
from nbkeras.image.files import folder
from nbkeras.image.pipeline.file_iterator import DirectoryIterator


def flow(root, **options):
    options = dict(target_size=(8, 8), batch_size=4) | options
    return DirectoryIterator(root, None, **options)


def test_a_missing_folder_is_named_with_what_there_is(folders):
    root = folders({"cat": 1, "dog": 1})
    with pytest.raises(
        FileNotFoundError, match=r"dato.*Did you mean 'data'.*holds: data"
    ):
        flow(root.parent / "dato")


def test_a_file_instead_of_a_folder_is_explained(folders):
    path = folders({"cat": 1}) / "cat" / "0.png"
    with pytest.raises(
        NotADirectoryError, match=r"0.png.*a file, not a folder.*data/train"
    ):
        flow(path)


def test_an_empty_folder_is_explained(tmp_path):
    with pytest.raises(ValueError, match=r"holds no images.*one folder for each class"):
        flow(tmp_path)


def test_pictures_without_class_folders_are_explained(folders):
    root = folders({".": 3})
    with pytest.raises(ValueError, match=r"3 images and no folders.*class_mode=None"):
        flow(root)


def test_one_class_is_refused_with_the_layout(folders):
    root = folders({"cat": 3})
    with pytest.raises(
        ValueError, match=r"only one class folder, 'cat'.*class_mode=None"
    ):
        flow(root)


def test_one_folder_without_labels_is_fine(folders, capsys):
    batches = flow(folders({"unknown": 3}), class_mode=None, shuffle=False)
    assert batches.filenames == [f"unknown{os.sep}{n}.png" for n in range(3)]
    assert "Found 3 images belonging to 1 classes." in capsys.readouterr().out


def test_one_class_that_is_a_split_points_further_down(folders):
    root = folders({"train/cat": 1, "train/dog": 1})
    with pytest.raises(ValueError, match=r"Write .*data/train"):
        flow(root)


def test_train_and_test_are_not_classes(folders):
    root = folders({"train/cat": 1, "train/dog": 1, "test/cat": 1, "test/dog": 1})
    with pytest.raises(
        ValueError, match=r"test, train: parts of a data set, not classes"
    ):
        flow(root)


def test_hidden_folders_are_never_classes(folders):
    root = folders({"cat": 1, "dog": 1, ".ipynb_checkpoints": 2, "__MACOSX": 1})
    assert flow(root).class_indices == {"cat": 0, "dog": 1}


def test_hidden_pictures_are_not_read(folders):
    root = folders({"cat": 1, "dog": 1})
    (root / "cat" / "._0.png").write_bytes(b"resource fork")
    (root / "cat" / "Thumbs.db").write_bytes(b"windows")
    assert flow(root).samples == 2


def test_an_empty_class_folder_keeps_its_number_and_is_named(folders):
    root = folders({"cat": 1, "dog": 1, "bird": 0})
    with pytest.warns(NbkerasNotice, match=r"bird holds no images"):
        batches = flow(root)
    assert batches.class_indices == {"bird": 0, "cat": 1, "dog": 2}


def test_class_folders_that_are_all_empty_are_explained(folders):
    root = folders({"cat": 0, "dog": 0})
    with (
        pytest.warns(NbkerasNotice, match="holds no images"),
        pytest.raises(ValueError, match=r"no images below .*cat, dog"),
    ):
        flow(root)


def test_binary_with_three_classes_is_refused(folders):
    root = folders({"a": 1, "b": 1, "c": 1})
    with pytest.raises(ValueError, match=r"3 classes \(a, b, c\).*categorical"):
        flow(root, class_mode="binary")


def test_a_class_that_has_no_folder_gets_the_nearest(folders):
    root = folders({"cat": 1, "dog": 1})
    with pytest.raises(
        FileNotFoundError, match=r"no folder 'dogs'.*Did you mean 'dog'"
    ):
        flow(root, classes=["cat", "dogs"])


def test_given_classes_keep_their_order(folders):
    root = folders({"cat": 1, "dog": 2, "bird": 1})
    batches = flow(root, classes=["dog", "cat"])
    assert batches.class_indices == {"dog": 0, "cat": 1}
    assert batches.classes.tolist() == [0, 0, 1]


def test_classes_are_sorted_by_code_points(folders):
    names = ["10", "2", "B", "a", "Ä", "日", "😀"]
    root = folders(dict.fromkeys(reversed(names), 1))
    assert list(flow(root).class_indices) == names


def test_an_empty_file_is_an_error_at_the_scan_that_names_it(folders):
    root = folders({"cat": 1, "dog": 1})
    (root / "dog" / "z.png").touch()
    with pytest.raises(ValueError, match=r'z.png is empty .*on_error="skip"'):
        flow(root)


def test_other_kinds_of_files_are_counted(folders):
    root = folders({"cat": 1, "dog": 1})
    for name in ("a.heic", "b.HEIC", "notes.txt"):
        (root / "cat" / name).touch()
    with pytest.warns(NbkerasNotice, match=r"2 with extension .heic, 1 with extension"):
        flow(root)


def test_pictures_beside_the_class_folders_are_counted(folders):
    root = folders({"cat": 1, "dog": 1, ".": 2})
    with pytest.warns(NbkerasNotice, match="2 images are in .*not in a class folder"):
        flow(root)


def test_linked_folders_are_read_once_and_only_on_wish(folders):
    root = folders({"cat": 2, "dog": 1})
    (root / "cat" / "round").symlink_to(root / "cat")
    assert flow(root).samples == 3
    assert flow(root, follow_links=True).samples == 3


def test_files_are_ordered_by_folder_then_name_as_in_keras(folders, keras_image):
    root = folders({"b/inner": 2, "b": 2, "a": 11})
    ours = flow(root, shuffle=False)
    theirs = keras_image.ImageDataGenerator().flow_from_directory(root, shuffle=False)
    assert ours.filenames == theirs.filenames
    assert ours.filepaths == theirs.filepaths
    assert ours.class_indices == theirs.class_indices
    assert ours.classes.tolist() == theirs.classes.tolist()


def test_a_folder_name_of_another_type_is_explained():
    with pytest.raises(TypeError, match="Write for example f"):
        folder.check_folder("f", 3)


def folders_called(root, *names):
    for name in names:
        (root / name).mkdir()
        Image.new("RGB", (4, 4)).save(root / name / "1.png")


def test_class_folders_that_look_alike_are_told_of(tmp_path):
    folders_called(tmp_path, "cat", "Cat ", "\uff43\uff41\uff54", "dog")
    words = r"look alike: 'Cat ' and 'cat' and '\\uff43\\uff41\\uff54'\. Each counts"
    with pytest.warns(NbkerasNotice, match=words):
        assert len(flow(tmp_path).class_indices) == 4


def test_class_folders_that_differ_in_what_is_seen_pass_without_a_word(tmp_path):
    folders_called(
        tmp_path, "a", "A", "c", "c+", "c++", "cafe", "caf\u00e9", "12", "1-2"
    )
    assert len(flow(tmp_path).class_indices) == 9
