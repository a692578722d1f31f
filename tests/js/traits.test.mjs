import assert from "node:assert/strict";
import test from "node:test";
import { fill, numbers, saver } from "../../nbkeras/notebook/widget/traits.js";

test("braces are filled and an unknown one is left to see", () => {
  assert.equal(fill("{n} of {total}", { n: 3 }), "3 of {total}");
});

test("numbers come from any offset of a buffer", () => {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setFloat32(2, 1.5, true);
  assert.deepEqual([...numbers(new DataView(bytes.buffer, 2, 4))], [1.5]);
  assert.equal(numbers(null).length, 0);
});

// A model as ipywidgets has it: listeners are called within set.
function widgetModel(values) {
  const listeners = new Map();
  return {
    sent: [],
    get: (name) => values[name],
    set(name, value) {
      const before = values[name];
      values[name] = value;
      if (before !== value) for (const listener of listeners.get(name) ?? []) listener();
    },
    on: (event, listener) => {
      const name = event.replace("change:", "");
      listeners.set(name, [...(listeners.get(name) ?? []), listener]);
    },
    off: (event, listener) => {
      const name = event.replace("change:", "");
      listeners.set(
        name,
        listeners.get(name).filter((each) => each !== listener),
      );
    },
    save_changes() {
      this.sent.push({ ...values });
    },
    counts: () => [...listeners.values()].flat().length,
  };
}

test("the echo of an earlier value does not replace a value that is not sent yet", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const model = widgetModel({ filter: "" });
  const off = new AbortController();
  const save = saver(model, off.signal, 100);
  save("filter", "rate:0.0");
  t.mock.timers.tick(100);
  save("filter", "rate:0.01");
  model.set("filter", "rate:0.0"); // the echo
  assert.equal(model.get("filter"), "rate:0.01");
  t.mock.timers.tick(100);
  assert.deepEqual(model.sent, [{ filter: "rate:0.0" }, { filter: "rate:0.01" }]);
  model.set("filter", "of the kernel"); // nothing is pending: the kernel decides
  assert.equal(model.get("filter"), "of the kernel");
  off.abort();
  assert.equal(model.counts(), 0);
});
