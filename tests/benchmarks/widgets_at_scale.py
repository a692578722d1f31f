"""Widgets with much to show: long runs, deep models, large folders; in a real JupyterLab.

    python tests/benchmarks/widgets_at_scale.py [--times 15] [--only run,model,inside,layers,folder]

The dashboard during and after a run of 1,000 epochs with ten metrics; the picture, the
inside and the panel of layers of a model of 1,000 layers, none like its neighbours; and a
folder of 50,000 pictures in show_batch, the augmentation studio and the view of mistakes.
Every interaction is done by a real mouse or key and timed as in descent_interaction.py.
Printed are also the seconds until each widget is there, and of the page the memory,
without garbage, the nodes and the listeners.
"""

import argparse
import re

import descent_interaction as lab
import numpy as np
from PIL import Image

EPOCHS, LAYERS, PICTURES, CLASSES = 1000, 1000, 50_000, 10

# An epoch of some 40 ms, so that a run lasts while it is looked at.
RUN = """%load_ext nbkeras
import numpy as np
import nbkeras
from nbkeras import layers
x = np.random.default_rng(0).normal(size=(4096, 64)).astype("float32")
y = np.abs(x[:, :1])
model = nbkeras.Sequential([nbkeras.Input((64,)), layers.Dense(256, "relu"), layers.Dense(1)])
model.compile("sgd", "mse", metrics=["mae", "mape", "msle", "log_cosh", "cosine_similarity",
    "root_mean_squared_error", "r2_score", "poisson", "hinge"])"""
FIT = "model.fit(x, y, epochs={epochs}, batch_size=32, validation_split=0.25);"
DEEP = """%load_ext nbkeras
import numpy as np
import nbkeras
from nbkeras import layers
width = np.random.default_rng(0).integers(2, 7, {layers}).tolist()
activations = [("relu", "tanh", "elu")[n % 3] for n in width]
{body}
model.compile("sgd", "sparse_categorical_crossentropy")
x = np.random.default_rng(0).random((64, *model.input_shape[1:])).astype("float32")"""
CONVOLUTIONS = """parts = [layers.Conv2D(width[i], 3, padding="same") if i % 2 else
    layers.Activation(activations[i]) for i in range({layers} - 2)]
model = nbkeras.Sequential([nbkeras.Input((8, 8, 1)), *parts,
    layers.Flatten(), layers.Dense(4, activation="softmax")])"""
DENSE = """parts = [layers.Dense(width[i]) if i % 2 else
    layers.Activation(activations[i]) for i in range({layers} - 1)]
model = nbkeras.Sequential([nbkeras.Input((8,)), *parts,
    layers.Dense(4, activation="softmax")])"""
# All of its groups open, those within groups too.
SHOW = """view = nbkeras.show_model(model)
while groups := [key for key, facts in view.facts.items() if facts["opens"]]:
    view.opened = [*view.opened, *groups]"""
FOLDER = """import nbkeras
from nbkeras import layers
from nbkeras.preprocessing.image import ImageDataGenerator
model = nbkeras.Sequential([nbkeras.Input((28, 28, 1)), layers.Rescaling(1 / 255),
    layers.Flatten(), layers.Dense(16, "relu"), layers.Dense({classes}, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
folder = {folder!r}
datagen = ImageDataGenerator(rotation_range=30, zoom_range=0.2)"""
FLOW = (
    "flow = datagen.flow_from_directory(folder, (28, 28), 'grayscale', batch_size=32)"
)
BATCH = "nbkeras.show_batch(flow)"
STUDIO = "nbkeras.preview(datagen, folder)"
MISTAKES = "nbkeras.interpret(model, folder)"


def timed(book, number, selector, text=""):
    """Run a cell; returns the seconds until `text` is shown."""
    book.page.evaluate("() => { window.began = performance.now(); }")
    book.start(number)
    book.wait(number, selector, text)
    return book.page.evaluate("() => (performance.now() - window.began) / 1000")


def say_memory(page, when):
    """Print the page's heap without garbage, its nodes and its listeners."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    counts = session.send("Memory.getDOMCounters")
    session.detach()
    print(
        f"  {when}: {used / 1e6:.1f} MB, {counts['nodes'] / 1e3:.1f} thousand nodes, "
        f"{counts['jsEventListeners']} listeners",
        flush=True,
    )


def press(page, *names):
    """An interaction that presses buttons in turn."""
    return lambda i: page.get_by_role(
        "button", name=names[i % len(names)], exact=True
    ).click()


def key(page, target, *keys):
    """An interaction that presses keys in turn on `target`."""

    def act(i):
        target.focus()
        page.keyboard.press(keys[i % len(keys)])

    return act


def over(page, target, turns=15):
    """An interaction that moves the mouse along `target`."""

    def act(i):
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        share = 0.2 + 0.6 * (i % turns) / turns
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)

    return act


def epoch_of(page):
    """The epoch that the dashboard shows."""
    place = page.locator(".nbk-where").text_content()
    return int(re.search(r"epoch (\d+)", place)[1])


def dashboard(jupyter, times):
    """A run of many epochs with ten metrics."""
    book = jupyter.notebook(RUN, FIT.format(epochs=EPOCHS))
    book.run(0)
    page = book.page
    chart = page.locator(".nbk-charts .nbk-face").first
    smoothing = page.get_by_role("slider", name="Smoothing")
    acts = {
        "point at a chart": (False, over(page, chart)),
        "point by key": (False, key(page, chart, "ArrowLeft")),
        "zoom by key": (False, key(page, chart, "+", "+", "Escape")),
        "log and linear": (False, press(page, "Log", "Linear")),
        "steps and epochs": (False, press(page, "Steps", "Epochs")),
        "smoothing": (False, key(page, smoothing, "ArrowRight")),
        "table of epochs": (False, press(page, "Epoch table")),
    }
    print(f"dashboard: {timed(book, 1, '.nbk-status', 'Training'):.1f} s")
    for mark in (EPOCHS // 20, EPOCHS // 5):
        page.wait_for_function(
            "(n) => document.querySelector('.nbk-where').textContent.match(/epoch (\\d+)/)[1] >= n",
            arg=mark,
        )
        say_memory(page, f"in epoch {epoch_of(page)}")
    found = lab.measure(page, ".nbk-dashboard", acts, {}, times)
    say_memory(page, f"in epoch {epoch_of(page)}")
    is_over = book.says(1, ".nbk-status") != "Training"
    every = lab.report(f"dashboard while it trains{' (it ended)' * is_over}", found)
    book.wait(1, ".nbk-status", "Done")
    book.ended(1)
    say_memory(page, f"after {EPOCHS} epochs")
    press(page, "Back in time")(0)
    back = page.get_by_role("slider", name="As of")
    acts["back in time"] = (False, key(page, back, "ArrowLeft"))
    found = lab.measure(page, ".nbk-dashboard", acts, {}, times)
    say_memory(page, f"after {times} of each interaction")
    book.close()
    return every + lab.report(f"dashboard after {EPOCHS} epochs, ten metrics", found)


def deep(body):
    """The cell of a model of many layers."""
    return DEEP.format(layers=LAYERS, body=body.format(layers=LAYERS))


def model_picture(jupyter, times):
    """The picture of a deep model: as it is first seen, and with all layers open."""
    cells = deep(CONVOLUTIONS), "model.summary()", "nbkeras.show_model(model)", SHOW
    book = jupyter.notebook(*cells)
    book.run(0)
    page = book.page
    print(f"summary: {timed(book, 1, 'table', 'Dense'):.1f} s")
    book.ended(1)
    print(f"show_model: {timed(book, 2, '.nbk-peek', 'Layers'):.1f} s")
    book.ended(2)
    group = page.locator(".nbk-block[aria-expanded=false]").first
    fold = page.get_by_role("button", name="Fold all", exact=True)
    acts = {
        "open and fold": (
            False,
            lambda i: (fold if i % 2 else group).click(),
            lambda i: [
                (".nbk-face:not(:has(.nbk-folder))" if i % 2 else ".nbk-folder"),
                "",
            ],
        ),
    }
    found = lab.measure(page, ".nbk-model-view", acts, {}, times)
    every = lab.report(f"a model of {LAYERS} layers, folded", found)
    page.evaluate("() => document.querySelector('.nbk-model-view').remove()")
    print(f"all layers: {timed(book, 3, '.nbk-peek', 'Layers'):.1f} s")
    book.ended(3)
    blocks = page.locator(".nbk-block")
    page.wait_for_function("() => !document.querySelector('.nbk-block[aria-expanded]')")
    print(f"  {blocks.count()} blocks")
    names = [
        re.split("[:：]", blocks.nth(i).get_attribute("aria-label"))[0]
        for i in range(3, 7)
    ]
    acts = {
        "point at a layer": (False, lambda i: blocks.nth(3 + i % 4).hover()),
        "next layer by key": (
            False,
            key(page, blocks.nth(8), "ArrowRight", "ArrowLeft"),
        ),
        "inspect a layer": (
            False,
            lambda i: blocks.nth(3 + i % 4).click(),
            lambda i: [".nbk-inspector", names[i % 4]],
        ),
        "larger and smaller": (False, press(page, "Larger", "Smaller")),
        "down and across": (False, press(page, "Down", "Across")),
    }
    found = lab.measure(page, ".nbk-model-view", acts, {}, times)
    say_memory(page, f"after {times} of each")
    book.close()
    return every + lab.report(f"a model of {LAYERS} layers, all of them drawn", found)


def inside(jupyter, times):
    """The inside of a deep model."""
    book = jupyter.notebook(deep(CONVOLUTIONS), "nbkeras.inside(model, x)")
    book.run(0)
    page = book.page
    print(f"inside: {timed(book, 1, '.nbk-answer', ''):.1f} s")
    book.ended(1)
    tiles = page.locator(".nbk-tile")
    tiles.nth(3).click()
    face = page.locator(".nbk-map")
    face.scroll_into_view_if_needed()
    strip = page.locator(".nbk-inside .nbk-strip button")
    acts = {
        "point at a pixel": (True, over(page, face, turns=4)),  # of 8
        "choose a tile": (True, lambda i: tiles.nth(2 + i % 3).click()),
        "another picture": (True, lambda i: strip.nth((i + 1) % 2).click()),
    }
    found = lab.measure(page, ".nbk-inside", acts, {}, times)
    say_memory(page, f"after {times} of each")
    book.close()
    return lab.report(f"inside of a model of {LAYERS} layers", found)


def layers_panel(jupyter, times):
    """The layers of the dashboard while a deep model trains."""
    fit = "run = model.fit(x, np.zeros(64), epochs=100_000, background=True)"
    book = jupyter.notebook(deep(DENSE), fit)
    book.run(0)
    page = book.page
    print(f"fit: {timed(book, 1, '.nbk-status', 'Training'):.1f} s to the first step")
    press(page, "Layers")(0)
    book.wait(1, ".nbk-layer-panel table", "dense")
    chart = page.locator(".nbk-charts .nbk-face").first
    acts = {
        "point at a chart": (False, over(page, chart)),
        "open and close layers": (False, press(page, "Layers")),
    }
    say_memory(page, "as it is open")
    found = lab.measure(page, ".nbk-dashboard", acts, {}, times)
    say_memory(page, f"after {times} of each")
    book.press("Stop")
    book.wait(1, ".nbk-status", "Stopped")
    book.close()
    return lab.report(f"layers panel, a model of {LAYERS} layers in training", found)


def write_pictures(folder):
    """Write few pictures and link them into a folder of many."""
    draw = np.random.default_rng(0)
    for label in range(CLASSES):
        place = folder / f"class{label}"
        place.mkdir(parents=True)
        first = [place / f"{number:05}.png" for number in range(20)]
        for path in first:
            pixels = draw.integers(0, 256, (28, 28)).astype("uint8")
            Image.fromarray(pixels).save(path)
        for number in range(20, PICTURES // CLASSES):
            (place / f"{number:05}.png").hardlink_to(first[number % 20])


def folder_of_pictures(jupyter, times):
    """A large folder in show_batch, the studio and the view of mistakes."""
    every = []
    folder = jupyter.root / "pictures"
    write_pictures(folder)
    cell = FOLDER.format(folder=str(folder), classes=CLASSES)
    book = jupyter.notebook(cell, FLOW, BATCH, STUDIO, MISTAKES)
    book.run(0)
    page = book.page
    print(f"flow_from_directory: {timed(book, 1, 'pre', f'{PICTURES}'):.1f} s")
    book.ended(1)
    print(f"show_batch: {timed(book, 2, 'figcaption', 'class'):.1f} s")
    book.ended(2)
    print(f"preview: {timed(book, 3, '.nbk-card', ''):.1f} s")
    book.ended(3)
    strip = page.locator(".nbk-studio .nbk-strip button")
    studio = {
        "roll the dice": (True, press(page, "Roll")),
        "another picture": (True, lambda i: strip.nth(1 + i % 2).click()),
    }
    found = lab.measure(page, ".nbk-studio", studio, {}, times)
    every += lab.report(f"studio, a folder of {PICTURES} pictures", found)
    print(f"interpret: {timed(book, 4, '.nbk-matrix', ''):.1f} s")
    book.ended(4)
    found = lab.measure(page, ".nbk-interpretation", mistakes_acts(page), {}, times)
    say_memory(page, f"after {times} of each")
    book.close()
    return every + lab.report(f"interpret, a folder of {PICTURES} pictures", found)


def mistakes_acts(page):
    """The interactions of the view of mistakes."""
    cells = page.locator(".nbk-matrix td button")
    show = page.get_by_label("Show", exact=True)
    cards = page.locator(".nbk-interpretation .nbk-card")
    tabs = "Calibration", "By class", "Confusion"

    def choose_tab(i):
        page.get_by_role("tab", name=tabs[i % 3], exact=True).click()

    return {
        "another tab": (True, choose_tab),
        "a cell of the matrix": (True, lambda i: cells.nth(1 + i % 8).click()),
        "another selection": (
            True,
            lambda i: show.select_option(("unsure", "sure", "mistakes")[i % 3]),
        ),
        "next page": (True, press(page, "Next", "Next", "Previous")),
        "one picture": (True, lambda i: cards.nth(i % 8).click()),
    }


PARTS = {
    "run": dashboard,
    "model": model_picture,
    "inside": inside,
    "layers": layers_panel,
    "folder": folder_of_pictures,
}


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--only", default=",".join(PARTS))
    asked = parser.parse_args()
    every = []
    with lab.jupyterlab() as jupyter:
        for part in asked.only.split(","):
            every += PARTS[part](jupyter, asked.times)
    lab.report_all(every)


if __name__ == "__main__":
    main()
