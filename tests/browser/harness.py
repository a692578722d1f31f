"""Mount a widget's real JavaScript and style in a real browser, with no Jupyter.

    def test_stop_is_sent(view_of):
        view = view_of(Probe(count=3))      # a live Python widget
        view.press("Stop")                  # a real mouse
        assert view.sent == [{"do": "stop"}]
        view.publish(count=4)               # what a running fit does
        view.wait_text(".nbk-count", "4")

When the test ends, the view is taken off the page: any subscription that it leaves, and
any error that the page met, fails the test.
"""

import base64
import json
import os
import shutil

import ipywidgets
import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BLANK = "<!doctype html><html lang='en'><title>widget</title><body></body></html>"

# What a front end gives to `render`: the model side of anywidget, and no more.
HOST = """
window.plain = (value) => JSON.parse(JSON.stringify(value));
window.fromWire = (value) => {
  if (value === null || typeof value !== "object") return value;
  if ("__bytes__" in value) {
    const text = atob(value.__bytes__);
    return new DataView(Uint8Array.from(text, (c) => c.charCodeAt(0)).buffer);
  }
  if (Array.isArray(value)) return value.map(fromWire);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fromWire(v)]));
};
class Host {
  constructor(state) { this.state = state; this.handlers = []; this.sent = [];
                       this.saved = []; this.unsaved = {}; }
  get(name) { if (!(name in this.state)) throw new Error(`no trait ${name}`);
              return this.state[name]; }
  set(name, value) { this.get(name); this.state[name] = value; this.unsaved[name] = value;
                     this.fire(`change:${name}`); }
  save_changes() { if (Object.keys(this.unsaved).length) this.saved.push(plain(this.unsaved));
                   this.unsaved = {}; }
  send(content) { this.sent.push(plain(content)); }
  on(event, handler) { this.handlers.push([event, handler]); }
  off(event, handler) {
    this.handlers = this.handlers.filter(([e, h]) =>
      !((event === null || event === undefined || e === event) && (!handler || h === handler)));
  }
  fire(event, ...rest) { for (const [e, h] of [...this.handlers]) if (e === event) h(...rest); }
  push(state) { Object.assign(this.state, state);
                for (const name of Object.keys(state)) this.fire(`change:${name}`); }
}
window.mounts = [];
window.mountWidget = async (esm, state, sources, children) => {
  const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  const module = await import(url);
  const widget = typeof module.default === "function" ? await module.default() : module.default;
  const el = document.createElement("div"); document.body.append(el);
  const host = new Host(fromWire(state));
  const models = Object.fromEntries(Object.entries(children).map(([id, s]) => [id, new Host(fromWire(s))]));
  host.children = models;
  const get_model = async (id) => models[id] ?? { get: (name) => sources[id][name] };
  for (const each of [host, ...Object.values(models)]) each.widget_manager = { get_model };
  const off = [await widget.initialize?.({ model: host }), await widget.render({ model: host, el })];
  mounts.push({ host, el, off });
  return mounts.length - 1;
};
window.unmountWidget = async (i) => {
  const { host, el, off } = mounts[i];
  for (const f of off) if (f) await f();
  el.remove();
  return [host, ...Object.values(host.children)].flatMap((each) => each.handlers.map(([event]) => event));
};
"""


def chromium():
    """Path of the browser, or None."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


def need_browser():
    """Skip with the reason, or fail where the gate says that a browser must be there."""
    if chromium():
        return
    reason = "no Chromium: install Debian's `chromium` or set $CHROMIUM"
    if os.environ.get("NBKERAS_NEED_BROWSER") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def to_wire(value):
    """A trait's value as JSON, bytes marked."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"__bytes__": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, ipywidgets.Widget):
        return f"IPY_MODEL_{value.model_id}"
    if isinstance(value, dict):
        return {key: to_wire(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_wire(each) for each in value]
    return value


def own_traits(widget):
    """Names of the traits that the widget's JavaScript may see."""
    skipped = {"layout", "tabbable", "tooltip"}
    return [n for n in widget.keys if not n.startswith("_") and n not in skipped]


class View:
    """One widget on one page. `page` is Playwright's, `widget` the Python side."""

    def __init__(self, page, widget):
        self.page, self.widget = page, widget
        self._known = self._state()
        self._taken = [0, 0]
        inner = [getattr(widget, name) for name in own_traits(widget)]
        inner = [value for value in inner if isinstance(value, ipywidgets.Widget)]
        shared = {}
        for each in (widget, *inner):
            source = each._source
            shared[source.model_id] = {
                "script": source.script,
                "style": source.style,
                "page": source.page,
            }
        state = self._known | {"_source": to_wire(widget._source)}
        self._inner = {each.model_id: each for each in inner}
        children = {
            key: self._state_of(each) | {"_source": to_wire(each._source)}
            for key, each in self._inner.items()
        }
        self._index = page.evaluate(
            "([esm, state, shared, children]) => mountWidget(esm, state, shared, children)",
            [str(widget._esm), state, shared, children],
        )

    def _state(self):
        return self._state_of(self.widget)

    def _state_of(self, widget):
        state = {name: to_wire(getattr(widget, name)) for name in own_traits(widget)}
        # What JSON cannot say must not be in a trait: NaN has broken front ends.
        return json.loads(json.dumps(state, allow_nan=False))

    def _host(self, expression, *args):
        code = (
            f"([i, ...args]) => {{ const host = mounts[i].host; return {expression}; }}"
        )
        return self.page.evaluate(code, [self._index, *args])

    @property
    def sent(self):
        """Custom messages that the page sent so far."""
        return self._host("host.sent")

    @property
    def saved(self):
        """Trait changes that the page sent so far."""
        return self._host("host.saved")

    def publish(self, **values):
        """Change the Python widget as a fit does, and let the page hear of it."""
        if values:
            self.widget.publish(**values)
        now = self._state()
        changed = {name: v for name, v in now.items() if v != self._known[name]}
        self._known = now
        for key, widget in self._inner.items():
            state = self._state_of(widget)
            self._host("host.children[args[0]].push(fromWire(args[1]))", key, state)
        self._host("host.push(fromWire(args[0]))", changed)
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => done()))"
        )

    def deliver(self):
        """Hand what the page sent to the Python widget, then show its answer."""
        saved, sent = self.saved, self.sent
        for state in saved[self._taken[0] :]:
            self.widget.set_state(state)
            self._known |= to_wire(state)
        for content in sent[self._taken[1] :]:
            self.widget._handle_custom_msg(content, [])
        self._taken = [len(saved), len(sent)]
        self.publish()

    def settle(self):
        """Let Python answer to whatever the page has asked, until it asks no more."""
        for _ in range(8):
            self.page.evaluate("() => new Promise((done) => setTimeout(done))")
            if len(self.saved) == self._taken[0]:
                return
            self.deliver()
        raise AssertionError("the page asks without end")

    def press(self, name, role="button"):
        """Click the control with this accessible name."""
        self.page.get_by_role(role, name=name, exact=True).click()

    def text(self, selector):
        """Text of the first match."""
        return self.page.locator(selector).first.inner_text()

    def wait_text(self, selector, text):
        """Wait until the first match says `text`."""
        self.page.wait_for_function(
            "([s, t]) => document.querySelector(s)?.textContent.includes(t)",
            arg=[selector, text],
            timeout=30_000,
        )

    def unmount(self):
        """Take the view off the page; returns what it left subscribed."""
        return self.page.evaluate("(i) => unmountWidget(i)", self._index)


class Stage:
    """A page on which views are mounted; `finish` checks that nothing is left."""

    def __init__(self, page):
        self.page, self.views, self.errors = page, [], []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))
        page.set_content(BLANK)
        page.add_script_tag(content=HOST)

    def __call__(self, widget):
        """Mount a widget."""
        self.views.append(View(self.page, widget))
        return self.views[-1]

    def finish(self):
        """Unmount everything; fails on a subscription left or an error met."""
        left = [name for view in self.views for name in view.unmount()]
        assert left == [], f"clean-up left these subscriptions: {left}"
        assert self.errors == [], f"the page met errors: {self.errors}"
