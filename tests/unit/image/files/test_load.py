import io
import os

import numpy as np
import pytest
from PIL import Image

from nbkeras.core.notices import NbkerasNotice
from nbkeras.image.files import arrays, load


@pytest.fixture
def save(tmp_path):
    def write(values, name="a.png", mode=None, **options):
        values = np.asarray(values)
        image = Image.fromarray(values) if mode is None else values
        image.save(tmp_path / name, **options)
        return tmp_path / name

    return write


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype="uint8")


@pytest.mark.parametrize("color_mode", ["rgb", "rgba", "grayscale"])
@pytest.mark.parametrize("interpolation", load.INTERPOLATIONS)
@pytest.mark.parametrize("keep", [True, False])
def test_a_picture_is_read_as_in_keras(save, color_mode, interpolation, keep):
    import keras

    path = save(noise(13, 21, 3))
    options = dict(
        color_mode=color_mode,
        target_size=(7, 9),
        interpolation=interpolation,
        keep_aspect_ratio=keep,
    )
    ours, theirs = load.load_img(path, **options), keras.utils.load_img(path, **options)
    assert ours.mode == theirs.mode
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))


def test_target_size_is_height_then_width(save):
    image = load.load_img(save(noise(8, 8, 3)), target_size=(4, 6))
    assert np.asarray(image).shape == (4, 6, 3)


@pytest.mark.parametrize(
    "kind", [str, os.fsencode, lambda p: io.BytesIO(p.read_bytes())]
)
def test_names_bytes_and_open_files_are_read(save, kind):
    path = save(noise(4, 4, 3))
    assert load.load_img(kind(path)).size == (4, 4)


def test_transparent_parts_are_laid_on_white_and_it_is_said(save):
    values = np.zeros((2, 2, 4), "uint8")
    values[0] = 10, 20, 30, 255
    path = save(values)
    with pytest.warns(NbkerasNotice, match="blended with white"):
        x = np.asarray(load.load_img(path))
    assert x[0, 0].tolist() == [10, 20, 30]
    assert x[1, 1].tolist() == [255, 255, 255]


def test_transparency_of_a_palette_is_laid_on_white(save):
    image = Image.fromarray(np.array([[0, 1]], "uint8"), "P")
    image.putpalette([9, 9, 9, 50, 60, 70])
    path = save(noise(1, 1)).with_name("p.png")
    image.save(path, transparency=0)
    with pytest.warns(NbkerasNotice, match="blended with white"):
        x = np.asarray(load.load_img(path))
    assert x.tolist() == [[[255, 255, 255], [50, 60, 70]]]


def test_an_opaque_alpha_channel_is_no_news(save):
    values = noise(3, 3, 4)
    values[..., 3] = 255
    x = np.asarray(load.load_img(save(values)))
    np.testing.assert_array_equal(x, values[..., :3])


def test_rgba_keeps_the_transparency(save):
    values = noise(3, 3, 4)
    x = np.asarray(load.load_img(save(values), color_mode="rgba"))
    np.testing.assert_array_equal(x, values)


@pytest.mark.parametrize("color_mode", ["rgb", "grayscale"])
def test_16_bit_pictures_are_scaled_and_it_is_said(save, color_mode):
    path = save(np.array([[0, 257 * 128, 65535]], "uint16"))
    with pytest.warns(NbkerasNotice, match="scaled from 0-65535"):
        image = load.load_img(path, color_mode=color_mode)
    assert np.asarray(image).reshape(3, -1)[:, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize("dtype", ["int32", "float32"])
@pytest.mark.parametrize("top", [2, 200, 255])
def test_pictures_of_32_bits_keep_values_that_fit_8_bits(save, dtype, top):
    path = save(np.array([[0, 1, top]], dtype), "a.tif")
    x = np.asarray(load.load_img(path, color_mode="grayscale"))
    assert x[0].tolist() == [0, 1, top]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (np.array([[-5, 20, 256, 70000]], "int32"), [0, 20, 255, 255]),
        (np.array([[-0.5, 20, 256, 1000]], "float32"), [0, 20, 255, 255]),
        (np.array([[0, 0.25, 1]], "float32"), [0, 0, 1]),
    ],
)
def test_values_of_32_bits_outside_of_8_are_cut_off_and_it_is_said(
    save, values, wanted
):
    path = save(values, "a.tif")
    with pytest.warns(NbkerasNotice, match="clipped .* multiply the array"):
        x = np.asarray(load.load_img(path, color_mode="grayscale"))
    assert x[0].tolist() == wanted


def test_a_16_bit_pgm_is_scaled_as_a_16_bit_png(tmp_path):
    path = tmp_path / "a.pgm"
    values = np.array([0, 257 * 128, 65535], ">u2").tobytes()
    path.write_bytes(b"P5 3 1 65535\n" + values)
    with pytest.warns(NbkerasNotice, match="scaled from 0-65535"):
        x = np.asarray(load.load_img(path, color_mode="grayscale"))
    assert x[0].tolist() == [0, 128, 255]


def test_a_camera_held_upright_gives_an_upright_picture(save):
    image = Image.fromarray(noise(4, 6, 3))
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(noise(1, 1)).with_name("turned.png")
    image.save(path, exif=exif)
    turned = np.asarray(load.load_img(path))
    np.testing.assert_array_equal(turned, np.rot90(np.asarray(image), -1))
    assert np.asarray(load.load_img(path, exif=False)).shape == (4, 6, 3)


def test_content_decides_not_the_name(save):
    path = save(noise(4, 4, 3), "a.jpg", format="png")
    assert load.load_img(path).size == (4, 4)


def test_the_first_picture_of_an_animation_is_used_and_it_is_said(tmp_path):
    frames = [Image.fromarray(np.full((4, 4), v, "uint8")) for v in (10, 200)]
    path = tmp_path / "a.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    with pytest.warns(NbkerasNotice, match="the first is used"):
        x = np.asarray(load.load_img(path))
    assert (x == 10).all()


def broken(tmp_path, kind):
    path = tmp_path / f"{kind}.png"
    whole = io.BytesIO()
    Image.fromarray(noise(50, 50, 3)).save(whole, "png")
    contents = {
        "empty": b"",
        "cut": whole.getvalue()[: len(whole.getvalue()) // 2],
        "html": b"<!DOCTYPE html><html></html>",
        "text": b"hello, this is no picture",
        "noise": bytes(range(256)),
        "psd": b"8BPS\x00\x01" + bytes(40),
    }
    path.write_bytes(contents[kind])
    return path


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("empty", "is empty"),
        ("cut", "is damaged or truncated"),
        ("html", "is a text file"),
        ("text", "is none of JPEG, PNG"),
        ("noise", "is none of"),
        ("psd", "is none of"),
    ],
)
def test_a_broken_picture_is_named(tmp_path, kind, words):
    path = broken(tmp_path, kind)
    with pytest.raises(load.PictureError, match=f'{kind}.png {words}.*on_error="skip"'):
        load.load_img(path)


def test_a_missing_picture_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no image .*nowhere.png.*full path"):
        load.load_img(tmp_path / "nowhere.png")


def test_a_link_that_leads_nowhere_is_said_to(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "gone.png")
    with pytest.raises(FileNotFoundError, match="a broken link"):
        load.load_img(tmp_path / "a.png")


def test_a_folder_instead_of_a_picture_is_named(tmp_path):
    with pytest.raises(load.PictureError, match=r"Cannot read the image .*directory"):
        load.load_img(tmp_path)


def test_a_huge_picture_is_refused_with_its_size_before_it_is_decoded(tmp_path):
    path = tmp_path / "huge.png"
    Image.new("1", (8000, 7000)).save(path)
    with pytest.raises(load.PictureError, match=r"huge.png is 8000x7000 .*50,000,000"):
        load.load_img(path)


def test_a_bomb_is_refused_by_name(tmp_path):
    path = tmp_path / "bomb.png"
    Image.new("1", (14000, 14000)).save(path)
    with pytest.raises(load.PictureError, match=r"bomb\.png"):
        load.load_img(path)


def test_a_huge_jpeg_is_read_at_a_fraction_of_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr(load, "MAX_PIXELS", 1000)
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (64, 64), (10, 200, 30)).save(path)
    x = np.asarray(load.load_img(path, target_size=(8, 8)))
    np.testing.assert_allclose(x.mean(axis=(0, 1)), [10, 200, 30], atol=3)


def test_control_characters_and_bad_bytes_of_names_are_shown_escaped():
    assert load.shown(b"a\xff\n\x1b.png") == "a\\xff\\n\\x1b.png"
    assert load.shown("日😀ä.png") == "日😀ä.png"


@pytest.mark.parametrize("bad", [0, (150,), (0, 5), "150"])
def test_a_wrong_target_size_is_explained(save, bad):
    with pytest.raises(ValueError, match=r"target_size=\(150, 150\)"):
        load.load_img(save(noise(4, 4, 3)), target_size=bad)


def test_a_misspelt_color_mode_gets_the_nearest(save):
    with pytest.raises(ValueError, match="Did you mean 'grayscale'"):
        load.load_img("a.png", color_mode="greyscale")


def test_a_number_is_no_file_name():
    with pytest.raises(TypeError, match="Write for example load_img"):
        load.load_img(3)


@pytest.mark.parametrize("shape", [(5, 4, 3), (5, 4, 1), (5, 4, 4)])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first", None])
@pytest.mark.parametrize("scale", [True, False])
def test_arrays_become_images_and_back_as_in_keras(shape, data_format, scale):
    import keras

    x = noise(*shape).astype("float32")
    x = x.transpose(2, 0, 1) if data_format == "channels_first" else x
    ours = arrays.array_to_img(x, data_format, scale)
    theirs = keras.utils.array_to_img(x, data_format, scale)
    assert ours.mode == theirs.mode
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
    back = arrays.img_to_array(ours, data_format)
    wanted = keras.utils.img_to_array(theirs, data_format)
    assert back.dtype == wanted.dtype
    np.testing.assert_array_equal(back, wanted)


def test_an_image_of_a_batch_is_explained():
    with pytest.raises(
        ValueError, match=r"Write for example array_to_img\(batch\[0\]\)"
    ):
        arrays.array_to_img(np.zeros((2, 4, 4, 3)))


def test_a_batch_of_images_to_an_array_is_explained():
    with pytest.raises(ValueError, match=r"\[img_to_array\(x\) for x in images\]"):
        arrays.img_to_array(np.zeros((2, 4, 4, 3)))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.JPEG", "a.bmp"])
def test_saved_pictures_can_be_read_again(tmp_path, name):
    x = np.full((6, 5, 3), 90, "float32")
    arrays.save_img(tmp_path / name, x, scale=False)
    back = arrays.img_to_array(load.load_img(tmp_path / name))
    np.testing.assert_allclose(back, x, atol=2)
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match="'nonsense' is not an image format"):
        arrays.save_img(path, np.zeros((2, 2, 3)), file_format="nonsense")
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_saving_to_an_open_file_needs_a_format():
    file = io.BytesIO()
    arrays.save_img(file, np.zeros((2, 2, 3)), file_format="png")
    assert file.getvalue().startswith(b"\x89PNG")


def test_a_name_without_an_ending_is_explained(tmp_path):
    with pytest.raises(ValueError, match=r'a.png", x\)'):
        arrays.save_img(tmp_path / "a", np.zeros((2, 2, 3)))


def test_jpeg_drops_transparency_with_a_notice(tmp_path):
    with pytest.warns(NbkerasNotice, match="JPEG does not support transparency"):
        arrays.save_img(tmp_path / "a.jpg", noise(4, 4, 4))
    assert load.load_img(tmp_path / "a.jpg").size == (4, 4)
