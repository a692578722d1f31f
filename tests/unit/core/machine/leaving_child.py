"""Begin one kind of background work, wait a moment, and leave the interpreter.

python leaving_child.py WORK SECONDS...

For each moment one process is forked, before JAX is used; two run at a time. A line says
of each how it ended.
"""

import os
import sys
import threading
import time

import numpy as np

import nbkeras
from nbkeras import layers
from nbkeras.core.machine.background_threads import BackgroundThread

X = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def new_model():
    model = nbkeras.Sequential(
        [layers.Input((16,)), *[layers.Dense(32, "gelu") for _ in range(6)]]
    )
    model.add(layers.Dense(1))
    model.compile("adam", "mse")
    return model


def fit():
    return new_model().fit(X, Y, epochs=10**6, verbose=0, background=True)


def compile_ahead():
    return new_model().compile_ahead(X, Y)


def lab():
    model = new_model()
    model.fit(X, Y, verbose=0)
    return nbkeras.descent(model, (X, Y))


def batches_ahead():
    """Batches made on threads by JAX, left in the middle."""
    import jax
    import jax.numpy as jnp

    from nbkeras.data import prefetch

    square = jax.jit(lambda x: jnp.linalg.svd(x @ x.T)[1])
    fetched = prefetch.map_ahead(lambda i: square(X + i), range(10**6), workers=2)
    next(fetched)
    return fetched


def kept_epochs():
    """A run that keeps its epochs, and copies of the model as of one of them."""
    run = new_model().fit(
        X, Y, epochs=10**6, verbose=0, background=True, keep_epochs=True
    )

    def look_back():
        while not ended.is_set():
            if run.history.kept_epochs:
                run.history.model_at(-1)

    ended = threading.Event()
    BackgroundThread(look_back, "nbkeras-back", cancel=ended.set).start()
    return run


def classifier():
    model = nbkeras.Sequential(
        [
            layers.Input((24, 24, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(3, "softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    images = np.random.default_rng(0).random((300, 24, 24, 1), "float32")
    return model, images


def explain():
    """Maps that are computed one after the other."""
    return nbkeras.explain(*classifier(), samples=400, steps=400)


def interpret():
    """The map of features."""
    model, images = classifier()
    view = nbkeras.interpret(model, images, np.arange(300) % 3)
    view.view = {**view.view, "tab": "features"}
    return view


def playground():
    """A network that learns while its maps are drawn."""
    lab = nbkeras.playground(data="spiral", layers=[8, 6])
    lab.play()
    return lab


def layer_panel():
    """The panel of layers of a dashboard, opened during a run."""
    from nbkeras.models.training.trainer import fit_plan_of
    from nbkeras.notebook.dashboard.layer_watch import LayerWatch

    model = new_model()
    run = model.fit(X, Y, epochs=10**6, verbose=0, background=True)
    watch = LayerWatch(fit_plan_of(X, Y), model)
    watch.open(lambda shown: None)
    return run, watch


def past_views():
    """The confusion matrix and the inside view of kept epochs, asked for on and on."""
    from nbkeras.notebook.dashboard.past_views import PastViews, Request

    model, images = classifier()
    labels = np.arange(300) % 3
    run = model.fit(
        images, labels, epochs=10**6, verbose=0, background=True, keep_epochs=True
    )
    views = PastViews(lambda: run.history, images, labels, images[:20])

    def drag():
        while not ended.wait(0.01):
            if epochs := list(run.history.kept_epochs):
                views.show(Request(epochs[-1], 0, True, True, lambda **traits: None))

    ended = threading.Event()
    BackgroundThread(drag, "nbkeras-drag", cancel=ended.set).start()
    return run, views


def tune():
    """A search whose seconds are over while a model is compiled."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return nbkeras.tune(
            lambda trial: new_model(), (X, Y), seconds=moment_s, folder=folder
        )


def model_cell():
    """A `%%model` cell, whose view follows the compilation."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "nbkeras")
    line = "net --input 16 --loss mse --optimizer adam"
    shell.run_cell_magic("model", line, "Dense(32, 'gelu')\nDense(1)")
    return shell


def leave_at(seconds):
    """Fork; the child goes on in the script, and the parent gets its id."""
    sys.stdout.flush()
    if child := os.fork():
        return child
    global left_running, moment_s
    moment_s = float(seconds)
    left_running = globals()[work]()
    if work != "tune":  # which takes these seconds itself
        time.sleep(moment_s)
    print("left at", seconds, flush=True)
    return None


def wait_for_one():
    child, status = os.wait()
    print("ended", moments.pop(child), os.waitstatus_to_exitcode(status))


work, moments, is_child = sys.argv[1], {}, False
for seconds in sys.argv[2:]:
    if len(moments) == 2:
        wait_for_one()
    child = leave_at(seconds)
    if is_child := child is None:
        break
    moments[child] = seconds
while moments and not is_child:
    wait_for_one()
