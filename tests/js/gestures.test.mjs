import assert from "node:assert/strict";
import test from "node:test";
import { arrowDirection, indexAfterKey, onDrag } from "../../nbkeras/notebook/widget/gestures.js";

// An element that hears events and remembers which pointer it captured.
function target() {
  const element = new EventTarget();
  element.captured = [];
  element.setPointerCapture = (id) => element.captured.push(id);
  element.fire = (type, values = {}) => element.dispatchEvent(Object.assign(new Event(type), values));
  return element;
}

function draggedTarget(press = () => {}) {
  const element = target();
  const heard = [];
  const off = new AbortController();
  onDrag(element, off.signal, {
    press: (event) => {
      heard.push(`press ${event.clientX}`);
      return press(event);
    },
    move: (event) => heard.push(`move ${event.clientX}`),
    release: (event) => heard.push(`release ${event.clientX}`),
    cancel: () => heard.push("cancel"),
  });
  return { element, heard, off };
}

test("a drag is a press, moves and a release, with the pointer captured", () => {
  const { element, heard } = draggedTarget();
  element.fire("pointermove", { clientX: 1 });
  element.fire("pointerdown", { button: 0, pointerId: 7, clientX: 2 });
  element.fire("pointermove", { clientX: 3 });
  element.fire("pointerup", { clientX: 4 });
  element.fire("pointermove", { clientX: 5 });
  assert.deepEqual(heard, ["press 2", "move 3", "release 4"]);
  assert.deepEqual(element.captured, [7]);
});

test("a refused press and another button begin no drag", () => {
  const { element, heard } = draggedTarget(() => false);
  element.fire("pointerdown", { button: 0, pointerId: 1, clientX: 2 });
  element.fire("pointerdown", { button: 2, pointerId: 1, clientX: 3 });
  element.fire("pointermove", { clientX: 4 });
  element.fire("pointerup", { clientX: 5 });
  assert.deepEqual(heard, ["press 2"]);
  assert.deepEqual(element.captured, []);
});

test("a drag that the browser takes is cancelled, not released", () => {
  for (const type of ["pointercancel", "blur"]) {
    const { element, heard } = draggedTarget();
    element.fire("pointerdown", { button: 0, pointerId: 1, clientX: 2 });
    element.fire(type);
    element.fire("pointerup", { clientX: 3 });
    assert.deepEqual(heard, ["press 2", "cancel"]);
  }
});

test("a closed view hears no drag", () => {
  const { element, heard, off } = draggedTarget();
  off.abort();
  element.fire("pointerdown", { button: 0, pointerId: 1, clientX: 2 });
  assert.deepEqual(heard, []);
});

test("arrow keys are directions, and none with a modifier", () => {
  assert.deepEqual(arrowDirection({ key: "ArrowUp" }), [0, 1]);
  assert.deepEqual(arrowDirection({ key: "ArrowLeft", shiftKey: true }), [-1, 0]);
  assert.equal(arrowDirection({ key: "ArrowUp", ctrlKey: true }), null);
  assert.equal(arrowDirection({ key: "a" }), null);
});

test("a slider's keys stay within its indices", () => {
  const keys = ["ArrowLeft", "ArrowUp", "PageDown", "PageUp", "Home", "End"];
  assert.deepEqual(
    keys.map((key) => indexAfterKey(key, 5, 12)),
    [4, 6, 0, 12, 0, 12],
  );
  assert.equal(indexAfterKey("ArrowRight", 12, 12), 12);
  assert.equal(indexAfterKey("x", 5, 12), null);
});
