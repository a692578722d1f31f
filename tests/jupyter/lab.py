"""A real JupyterLab or Notebook in a real browser, for what no fake can vouch for.

    def test_something(lab):
        book = lab.notebook("%load_ext nbkeras", "model.fit(...)")
        book.run(0)                      # runs a cell and waits for its end
        book.start(1)                    # runs a cell and goes on
        book.wait(1, ".nbk-status", "Training")
        book.page.get_by_role("button", name="Stop").click()
        book.ended(1)                    # waits until the cell has ended
        book.text(1)                     # what stands under it

Everything waits for a state; nothing sleeps.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from nbkeras.course.lab import environment

TOKEN = "journey"
PATIENCE_MS = 180_000
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}
# module of a front end -> how the address of a notebook begins
APPS = {"jupyterlab": "lab/tree", "notebook": "notebooks"}
# Notebook 7.6 says this of its own settings, before any cell has run.
OWN_ERRORS = {"notebook": ["Cannot read properties of undefined (reading 'schema')"]}
READY = """() => { const w = window.jupyterapp?.shell?.currentWidget;
  return !!w?.sessionContext?.isReady && w.sessionContext.session?.kernel?.connectionStatus === 'connected'; }"""
# The promise of the command, not the kernel's status, says when a cell has ended.
RUN = """(i) => { const w = window.jupyterapp.shell.currentWidget; w.content.activeCellIndex = i;
  window.ended = window.ended || {}; window.ended[i] = false;
  window.jupyterapp.commands.execute('notebook:run-cell').then(() => { window.ended[i] = true; }); }"""
NODE = "window.jupyterapp.shell.currentWidget.content.widgets[i].outputArea.node"
INTERRUPT = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()"
RESTART = (
    """() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()"""
)
TRUST = """() => { const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
  for (let i = 0; i < cells.length; i += 1) cells.get(i).trusted = true; }"""
SAVE = "() => window.jupyterapp.commands.execute('docmanager:save')"


def notebook_of(cells):
    """A notebook of code cells."""
    made = [
        {
            "cell_type": "code",
            "id": f"c{i}",
            "metadata": {},
            "source": text,
            "outputs": [],
            "execution_count": None,
        }
        for i, text in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = {
        "cells": made,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book)


class Lab:
    """One server and one browser for all journeys of a process."""

    def __init__(self, folder, browser, app="jupyterlab", settings=()):
        self.root, self.browser, self.app = folder / "root", browser, app
        self.root.mkdir()
        for name, values in SETTINGS.items():
            file = folder / f"settings/@jupyterlab/{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.log = (folder / "server.log").open("w")
        home = Path(__file__).parents[2]
        env = environment() | {
            **dict(settings),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "PYTHONPATH": os.pathsep.join(
                filter(None, [os.environ.get("PYTHONPATH"), str(home)])
            ),
        }
        options = [
            "--no-browser",
            "--allow-root",
            "--expose-app-in-browser",
            "--ip=127.0.0.1",
            f"--port={port}",
        ]
        options += [
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={self.root}",
        ]
        if app == "jupyterlab":
            options += ["--LabApp.news_url=None"]
        self.server = subprocess.Popen(
            [sys.executable, "-m", app, *options],
            stdout=self.log,
            stderr=subprocess.STDOUT,
            env=env,
        )
        self._wait_until_up(folder)

    def _wait_until_up(self, folder):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.server.poll() is None:
            try:
                urllib.request.urlopen(
                    f"{self.address}/api?token={TOKEN}", timeout=1
                ).close()
                return
            except OSError:
                time.sleep(0.1)
        self.close()
        raise RuntimeError(
            f"{self.app} did not start:\n{(folder / 'server.log').read_text()[-2000:]}"
        )

    def notebook(self, *cells, **options):
        """Open a new notebook with these cells, in a kernel of its own."""
        return self.open(notebook_of(cells), **options)

    def open(self, text, width=1200):
        """Open a notebook's text as it was saved."""
        name = f"journey-{len(list(self.root.glob('*.ipynb')))}.ipynb"
        (self.root / name).write_text(text, "utf-8")
        page = self.browser.new_page(viewport={"width": width, "height": 1000})
        return Book(self, name, page)

    def close(self):
        """End the server."""
        self.server.terminate()
        try:
            self.server.wait(20)
        except subprocess.TimeoutExpired:
            self.server.kill()
        self.log.close()


class Book:
    """A notebook that is open in a front end."""

    def __init__(self, lab, name, page):
        self.lab, self.name, self.page = lab, name, page
        self.errors = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", self._note)
        self.open()

    def _note(self, error):
        if str(error) not in OWN_ERRORS.get(self.lab.app, ()):
            self.errors.append(str(error))

    @property
    def file(self):
        """Where the notebook is saved."""
        return self.lab.root / self.name

    def open(self):
        """Load the page, also again; the kernel stays."""
        self.page.goto(
            f"{self.lab.address}/{APPS[self.lab.app]}/{self.name}?token={TOKEN}&reset",
            wait_until="domcontentloaded",
        )
        self.page.wait_for_function(READY)

    def start(self, i):
        """Run a cell and go on."""
        self.page.evaluate(RUN, i)

    def ended(self, i):
        """Wait until the cell that was started has ended."""
        self.page.wait_for_function("(i) => window.ended[i]", arg=i)

    def run(self, i):
        """Run a cell to its end; returns what it says."""
        self.start(i)
        self.ended(i)
        return self.text(i)

    def text(self, i):
        """What stands under a cell."""
        return self.page.evaluate(f"(i) => {NODE}.innerText", i)

    def says(self, i, selector):
        """Text of the first match under a cell, None without one."""
        return self.page.evaluate(
            f"([i, s]) => {NODE}.querySelector(s)?.textContent ?? null", [i, selector]
        )

    def wait(self, i, selector, text):
        """Wait until the first match under a cell contains `text`."""
        self.page.wait_for_function(
            f"([i, s, t]) => {NODE}.querySelector(s)?.textContent.includes(t)",
            arg=[i, selector, text],
        )

    def press(self, name):
        """Click the visible button of this name with the mouse."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def restart(self):
        """A new kernel in place of the old one."""
        self.page.evaluate(RESTART)

    def interrupt(self):
        """What the toolbar's square does."""
        self.page.evaluate(INTERRUPT)

    def trust(self):
        """What the user says of a notebook that came from elsewhere."""
        self.page.evaluate(TRUST)

    def save(self):
        """Save; returns the notebook as data."""
        self.page.evaluate(SAVE)
        return json.loads(self.file.read_text("utf-8"))

    def close(self):
        """Leave; the kernel is shut down. Errors met until then fail the test.

        What JupyterLab still asks of a kernel that is shut down it reports as an error.
        """
        met = list(self.errors)
        self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"
        )
        self.page.close()
        assert met == [], f"the page met errors: {met}"
