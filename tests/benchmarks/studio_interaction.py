"""How long the augmentation studio takes to answer, in a real JupyterLab.

    python tests/benchmarks/studio_interaction.py [--times 15]

Measured as in descent_interaction.py: by a real mouse or key, with the page's own clock,
from the event to the first frame after 12 new variants were drawn.
"""

import argparse

import descent_interaction as lab

CELL = """import numpy as np
import nbkeras
from nbkeras import layers
from nbkeras.preprocessing.image import ImageDataGenerator
y, x = np.mgrid[0:1:128j, 0:1:128j]
picture = np.stack([200 * x, 180 * y, 255 * (np.sin(30 * (x + y)) > 0)], -1)
pictures = np.stack([picture, picture[::-1]]).astype("uint8")
studio = nbkeras.preview({given}, pictures)
studio"""
GIVEN = {
    "ImageDataGenerator": """ImageDataGenerator(rotation_range=30, zoom_range=0.2,
    width_shift_range=0.1, brightness_range=(0.7, 1.3), horizontal_flip=True)""",
    "five Random* layers": """nbkeras.Sequential([layers.RandomFlip("horizontal"),
    layers.RandomRotation(0.1), layers.RandomZoom(0.2),
    layers.RandomTranslation(0.1, 0.1), layers.RandomContrast(0.2)])""",
}
SLIDERS = {
    "ImageDataGenerator": ("rotation_range", "zoom_range: high"),
    "five Random* layers": (
        "factor (RandomRotation): high",
        "height_factor (RandomZoom): high",
    ),
}


def interactions(page, sliders):
    """{name: (whether the kernel is asked, function of the turn's number)}."""

    def key(name):
        slider = page.get_by_role("slider", name=name, exact=True)

        def press(i):
            slider.focus()
            page.keyboard.press("ArrowRight" if i % 2 else "ArrowLeft")

        return press

    def drag(i):
        box = page.get_by_role("slider", name=sliders[0], exact=True).bounding_box()
        share = 0.2 + 0.02 * (i % 20)
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)

    def press(*names):
        return lambda i: page.get_by_role(
            "button", name=names[i % len(names)], exact=True
        ).click()

    return {
        "drag a slider": (True, drag),
        "slider by key": (True, key(sliders[0])),
        "another slider": (True, key(sliders[1])),
        "roll the dice": (True, press("Roll")),
        "another picture": (True, press("Picture of 2", "Picture of 1")),
        "extremes and back": (True, press("Extremes", "Variants")),
        "made-up pixels": (
            False,
            lambda i: page.get_by_label("Made-up pixels").click(),
        ),
        "outlines": (False, lambda i: page.get_by_label("Outlines").click()),
    }


def grasp(slider):
    """Returns what puts the mouse on a slider's knob, to drag it."""

    def act(page):
        box = page.get_by_role("slider", name=slider, exact=True).bounding_box()
        y = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] * 0.19, y)

    return act


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=15)
    asked = parser.parse_args()
    every = []
    with lab.jupyterlab() as jupyter:
        for name, given in GIVEN.items():
            book = jupyter.notebook(CELL.format(given=given))
            book.run(0)
            book.wait(0, ".nbk-card", "")
            acts = interactions(book.page, SLIDERS[name])
            grasps = {"drag a slider": grasp(SLIDERS[name][0])}
            found = lab.measure(book.page, ".nbk-studio", acts, grasps, asked.times)
            every += lab.report(f"{name}, 12 variants of 128 pixels", found)
            book.close()
    lab.report_all(every)


if __name__ == "__main__":
    main()
