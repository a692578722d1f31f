"""What a wheel must have, tried in an environment that has nothing but the wheel.

Run it outside of the repository: python smoke.py
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import nbkeras

package = Path(nbkeras.__file__).parent
assert "site-packages" in package.parts, f"{package} is not an installed wheel"
late = {"IPython", "ipywidgets", "matplotlib", "h5py"} & set(sys.modules)
assert not late, f"import nbkeras has imported {late}"
assert (package / "py.typed").exists()

course = Path(sys.prefix) / "share" / "nbkeras" / "notebooks"
lessons = {k: sorted(f.name for f in (course / k).iterdir()) for k in ("en", "zh")}
assert lessons["en"] == lessons["zh"], lessons
assert len(lessons["en"]) >= 14, lessons

(x, y), _ = nbkeras.datasets.digits.load()
x = x[:256].astype("float32") / 255
nbkeras.utils.set_random_seed(1)
model = nbkeras.Sequential(
    [
        nbkeras.Input((28, 28)),
        nbkeras.layers.Flatten(),
        nbkeras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y[:256], epochs=2, verbose=0)
assert history.history["loss"][1] < history.history["loss"][0]
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "model.keras"
    model.save(file)
    again = nbkeras.load_model(file)
    same = again.predict(x, verbose=0) == model.predict(x, verbose=0)
    assert np.all(same)
    page = nbkeras.descent("x**2").to_html(Path(folder) / "lab.html")
    assert page.stat().st_size > 50_000  # script, style and state are in it

command = [Path(sys.executable).with_name("nbkeras"), "doctor"]
told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
assert f"nbkeras     {nbkeras.__version__}" in told, told
print("the wheel works:", len(lessons["en"]), "lessons,", package)
