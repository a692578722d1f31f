"""How long the gradient-descent lab takes to answer, in a real JupyterLab.

    python tests/benchmarks/descent_interaction.py [--times 15] [--runs 1 6]

Every interaction is done by a real mouse or key. The page's own clock runs from the
event to the first frame after the kernel's answer was drawn (for what the page does
alone, to the first frame after it was drawn). Printed are the median, the 90 % quantile
and the share below 100 ms, per interaction and for all.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "browser"), str(HERE.parent / "jupyter")]

from harness import FLAGS, chromium  # noqa: E402
from lab import Lab  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

CELL = """import nbkeras
lab = nbkeras.descent("waves", optimizers={runs})
lab.view = lab.view | dict(surface=True)
lab"""
KINDS = ["sgd", "momentum", "adam", "rmsprop", "nesterov", "adagrad"]
# From the first event after `arm` to the first frame in which nothing is waited for, and
# the text of `shown`, [selector, text], is there.
CLOCK = """() => {
  const box = document.querySelector(".nbk-descent");
  window.took = null;
  window.arm = ([asks, shown]) => {
    window.took = null;
    let begun = null;
    let asked = false;
    const begin = (event) => { begun ??= event.timeStamp; };
    const kinds = ["pointerdown", "pointermove", "keydown", "input", "change", "click"];
    for (const kind of kinds) box.addEventListener(kind, begin, { capture: true });
    const seen = new MutationObserver(() => { asked = true; });
    seen.observe(box, { attributeFilter: ["aria-busy"] });
    const look = () => {
      const isShown = !shown || box.querySelector(shown[0])?.textContent.includes(shown[1]);
      const done = begun !== null && box.getAttribute("aria-busy") !== "true" && (asked || !asks) && isShown;
      if (!done) return requestAnimationFrame(look);
      seen.disconnect();
      for (const kind of kinds) box.removeEventListener(kind, begin, { capture: true });
      requestAnimationFrame((now) => { window.took = now - begun; });
    };
    requestAnimationFrame(look);
  };
}"""


def spots(page):
    """Middle and size of the map, in pixels."""
    box = page.locator(".nbk-loss-map .nbk-catch").bounding_box()
    return box["x"], box["y"], box["width"], box["height"]


def interactions(page):
    """{name: (whether the kernel is asked, function of the turn's number)}."""
    slider = page.get_by_role("slider", name="Learning rate of optimizer 1")
    scrub = page.get_by_role("slider", name="Step", exact=True)
    noise = page.get_by_role("slider", name="Gradient noise", exact=True)

    def drop(i):
        x, y, w, h = spots(page)
        page.mouse.click(x + w * (0.2 + 0.04 * (i % 15)), y + h * 0.3)

    def drag(i):
        x, y, w, h = spots(page)
        page.mouse.move(x + w * (0.3 + 0.03 * (i % 15)), y + h * (0.4 + 0.02 * (i % 9)))

    def key(target, name):
        def press(i):
            target.focus()
            page.keyboard.press(name)

        return press

    def turn(i):
        page.locator(".nbk-turn").focus()
        page.keyboard.press("ArrowLeft")

    return {
        "drop the start": (True, drop),
        "drag the start": (True, drag),
        "learning rate": (True, key(slider, "ArrowLeft")),
        "batch noise": (True, key(noise, "ArrowRight")),
        "one step": (True, lambda i: page.get_by_label("One step", exact=True).click()),
        "go to a step": (True, key(scrub, "ArrowRight")),
        "next of the five": (True, lambda i: page.locator(".nbk-next").click()),
        "turn the 3-D surface": (True, turn),
    }


def grasp(page):
    """Put the mouse on the start, to drag it."""
    x, y, w, h = spots(page)
    page.mouse.move(x + w * 0.5, y + h * 0.5)


def measure(page, root, acts, grasps, times):
    """{interaction: [milliseconds]}.

    Args:
        page: shows one widget.
        root: the widget's class.
        acts: {interaction: (whether the kernel is asked, what to do the ith time)}; a
            third entry gives [selector, text] of what is then shown the ith time.
        grasps: {interaction that drags: puts the mouse on what is dragged}.
        times: how often each is measured.
    """
    page.locator(root).scroll_into_view_if_needed()
    page.evaluate(CLOCK.replace(".nbk-descent", root))
    found = {}
    for name, (asks, act, *shown) in acts.items():
        took = []
        if name in grasps:
            grasps[name](page)
            page.mouse.down()
        for i in range(times + 2):
            page.wait_for_function(
                "(root) => document.querySelector(root).ariaBusy !== 'true'", arg=root
            )
            page.evaluate(
                "(how) => window.arm(how)", [asks, shown[0](i) if shown else None]
            )
            act(i)
            page.wait_for_function("() => window.took !== null")
            took.append(page.evaluate("() => window.took"))
        page.mouse.up()
        found[name] = took[2:]
    return found


def report(title, found):
    """Print one table; returns all times."""
    print(f"\n{title}")
    for name, took in found.items():
        high = statistics.quantiles(took, n=10)[-1]
        below = sum(each < 100 for each in took) / len(took)
        print(
            f"  {name:18} median {statistics.median(took):6.0f} ms   "
            f"90 % {high:6.0f} ms   below 100 ms {below:4.0%}"
        )
    return [each for took in found.values() for each in took]


def report_all(every):
    """Print the share of all interactions, in milliseconds, below 100."""
    below = sum(each < 100 for each in every) / len(every)
    print(f"\nall: {len(every)} interactions, {below:.0%} below 100 ms")


@contextlib.contextmanager
def jupyterlab():
    """A JupyterLab in a folder of its own, with a browser."""
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        jupyter = Lab(Path(folder), browser)
        try:
            yield jupyter
        finally:
            jupyter.close()
            browser.close()


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--runs", type=int, nargs="*", default=[1, 6])
    asked = parser.parse_args()
    every = []
    with jupyterlab() as jupyter:
        for count in asked.runs:
            book = jupyter.notebook(CELL.format(runs=KINDS[:count]))
            book.run(0)
            book.wait(0, ".nbk-where", "step 0")
            acts, grasps = interactions(book.page), {"drag the start": grasp}
            found = measure(book.page, ".nbk-descent", acts, grasps, asked.times)
            every += report(f"{count} optimizers, 100 steps each", found)
            book.close()
    report_all(every)


if __name__ == "__main__":
    main()
