"""Screenshots of everything that a notebook shows, for docs/gallery.md.

    python tests/browser/gallery.py --write [figures]

A test checks that the page has a picture of every widget; it does not compare pixels.
"""

import argparse
import io
import re
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import numpy as np  # noqa: E402
from harness import FLAGS, Stage, chromium  # noqa: E402
from PIL import Image  # noqa: E402
from widget_cases import CASES, inside_view  # noqa: E402

import nbkeras  # noqa: E402
from nbkeras.notebook.descent.show import descent  # noqa: E402
from nbkeras.preprocessing.image import ImageDataGenerator  # noqa: E402

FOLDER = HERE.parents[1] / "docs" / "gallery"
WIDTH = 1000
# What JupyterLab's style sheet does to tables, in short.
STYLE = """body { font: 13px system-ui, sans-serif; margin: 14px; color: #1c2024 }
table { border-collapse: collapse; margin: 8px 0 } td, th { padding: 4px 8px; text-align: right }
pre { background: #f5f7f9; padding: 8px } figure { margin: 8px 0 }"""


def house(side=128):
    """A drawn picture: a house with a tree, sun and sky, nothing symmetric."""
    from PIL import ImageDraw

    big = 4 * side
    image = Image.new("RGB", (big, big), "#a8d3f0")
    draw = ImageDraw.Draw(image)
    for y in range(big):
        shade = int(70 * y / big)
        draw.line((0, y, big, y), fill=(140 + shade, 195 + shade // 2, 240))
    draw.ellipse((380, 36, 470, 126), fill="#ffd84d")
    draw.rectangle((0, 360, big, big), fill="#6fae5a")
    draw.polygon([(90, 250), (210, 150), (330, 250)], fill="#b5442e")
    draw.rectangle((110, 250, 310, 400), fill="#efe1c4")
    draw.rectangle((140, 300, 190, 400), fill="#7a4a2b")
    draw.rectangle((225, 285, 285, 335), fill="#5b87a6", outline="#fff", width=6)
    draw.rectangle((395, 290, 420, 410), fill="#6b4a2f")
    draw.ellipse((345, 180, 470, 320), fill="#3d7a41")
    return np.asarray(image.resize((side, side), Image.Resampling.LANCZOS))


def studio():
    """The studio on drawn pictures."""
    x = house()
    dark = (x * 0.55).astype("uint8")
    given = ImageDataGenerator(
        rotation_range=25, zoom_range=0.2, horizontal_flip=True, rescale=1 / 255
    )
    names = ["day", "evening"]
    made = nbkeras.preview(given, (np.stack([x, dark]), [0, 1]), class_names=names)
    made.view = made.view | {"chosen": 5, "invented": True}
    return made


def lab():
    """Three optimizers in a narrow valley."""
    kinds = ["sgd", "momentum", "adam"]
    made = descent("narrow valley", optimizers=kinds, steps=60)
    made.at = 60
    made.view = made.view | {"surface": True}
    return made


def network():
    """A small network that has seen some digits, one layer looked into."""
    from nbkeras import layers

    nbkeras.utils.set_random_seed(3)
    (x, y), _ = nbkeras.datasets.digits.load()
    model = nbkeras.Sequential([nbkeras.Input((28, 28, 1)), layers.Rescaling(1 / 255)])
    for filters in (16, 32):
        model.add(layers.Conv2D(filters, 5, activation="relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.3))
    model.add(layers.Dense(10, activation="softmax", name="digit"))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x[..., None], y, epochs=3, verbose=0)
    view = nbkeras.show_model(model, name="net", status="ready")
    view.chosen = model.layers[1].name
    return view


def trained():
    """A small network that knows some digits, and test digits."""
    from nbkeras import layers

    nbkeras.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = nbkeras.datasets.digits.load()
    model = nbkeras.Sequential([nbkeras.Input((28, 28, 1)), layers.Rescaling(1 / 255)])
    model.add(layers.Conv2D(16, 3, activation="relu"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Conv2D(32, 3, activation="relu"))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x[..., None], y, epochs=12, verbose=0)
    return model, x_test[..., None], y_test


def explanation():
    """Why a network sees a digit."""
    model, x, _ = trained()
    view = nbkeras.explain(model, x[:8])
    view.wait()
    return view


def interpretation():
    """Where the same network is wrong, some labels planted wrong."""
    model, x, y = trained()
    y = y.copy()
    y[::97] = (y[::97] + 3) % 10
    view = nbkeras.interpret(model, x, y)
    view.view = view.view | {"source": "suspects"}
    view.wait()
    return view


def looked_into():
    """A digit in a small network, without a channel that is off."""
    return inside_view(chosen=[2, 3], point=[4, 5])


def playground():
    """A network that knows the spiral."""
    features = ["x1", "x2", "sin_x1", "sin_x2"]
    options = {"layers": [8, 6, 4], "features": features, "learning_rate": 0.01}
    return nbkeras.playground(data="spiral", optimizer="adam", steps=4000, **options)


def batch(folder):
    """A batch of digits."""
    train, _ = nbkeras.datasets.digit_folders(folder / "digits", size=(28, 28))
    flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        train, target_size=(28, 28), color_mode="grayscale", batch_size=16, seed=1
    )
    return nbkeras.show_batch(flow)


def report(folder):
    """A folder with trouble."""
    train, _ = nbkeras.datasets.digit_folders(folder / "digits", size=(28, 28))
    spoilt = folder / "data" / "train"
    for digit in "378":
        shutil.copytree(Path(train) / digit, spoilt / digit)
    for file in sorted((spoilt / "7").iterdir())[60:]:
        file.unlink()
    (spoilt / "3" / "broken.png").write_bytes(b"\xff\xd8\xff\xe0 cut off")
    shutil.copy(spoilt / "3" / "0005.png", spoilt / "8" / "copy.png")
    found = nbkeras.folder_report(spoilt)
    found.folder = "data/train"
    found.broken = [(p, r.replace(f"{folder}/", "")) for p, r in found.broken]
    return found


def names_of(page, blocks):
    """The names that the first blocks of code of docs/<page>.md define."""
    text = (FOLDER.parent / f"{page}.md").read_text("utf-8")
    names = {}
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.S)[:blocks]:
        exec(block, names)
    return names


def augmented():
    """The figure of docs/augmentation.md."""
    return names_of("augmentation", 1)["figure"]


def tasks():
    """The figure of docs/tasks.md."""
    return names_of("tasks", 2)["view"].figure()


WIDGETS = {
    **{stem: CASES[stem] for stem in CASES if stem not in ("probe", "privacy")},
    "augmentation": studio,
    "descent": lab,
    "explanation": explanation,
    "interpretation": interpretation,
    "model_plot": network,
    "inside": looked_into,
    "playground": playground,
}
PAGES = {"show_batch": batch, "folder_report": report}
# Matplotlib figures of other pages of the documentation.
FIGURES = {"augmentation": augmented, "tasks": tasks}


def screenshots(browser, folder):
    """(name, PNG bytes) of each."""
    for name, make in WIDGETS.items():
        page = browser.new_page(viewport={"width": WIDTH, "height": 800})
        stage = Stage(page)
        stage(make())
        yield name, page.locator(".nbk").first.screenshot()
        stage.finish()
        page.close()
    for name, make in PAGES.items():
        page = browser.new_page(viewport={"width": WIDTH, "height": 300})
        page.set_content(
            f"<!doctype html><style>{STYLE}</style>{make(folder)._repr_html_()}"
        )
        yield name, page.screenshot(full_page=True)
        page.close()


def figures():
    """(name, PNG bytes) of each."""
    for name, make in FIGURES.items():
        file = io.BytesIO()
        make().savefig(file, format="png", dpi=100)
        yield name, file.getvalue()


def small(png):
    """The same picture with at most 256 colours."""
    file = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def main():
    """Write the pictures."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", required=True)
    parser.add_argument("only", nargs="?", choices=["figures"])
    asked = parser.parse_args()
    for name, png in figures():
        (FOLDER.parent / f"{name}.png").write_bytes(small(png))
    if asked.only:
        return
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        for name, png in screenshots(browser, Path(folder)):
            file = FOLDER / f"{name}.png"
            file.write_bytes(small(png))
            print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main()
