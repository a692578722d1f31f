import assert from "node:assert/strict";
import test from "node:test";
import { tilePlace } from "../../nbkeras/notebook/model_plot/inspector.js";
import { hiddenBeyond, zoomThatFits } from "../../nbkeras/notebook/model_plot/widget.js";

test("a wide picture shrinks to the room there is, a small one does not grow", () => {
  assert.equal(zoomThatFits(1200, 900), 0.75);
  assert.equal(zoomThatFits(300, 900), 1);
  assert.equal(zoomThatFits(300, 0), 1);
});

test("beyond an edge are the layers whose middle lies there, and none at the end", () => {
  const blocks = [0, 100, 200, 300].map((x) => ({ box: [x, 10, 40, 60] }));
  const drawing = { blocks, width: 340, height: 80 };
  const shown = { left: 0, right: 215, top: 0, bottom: 80 };
  assert.equal(hiddenBeyond(drawing, "right", shown), 2);
  assert.equal(hiddenBeyond(drawing, "left", shown), 0);
  assert.equal(hiddenBeyond(drawing, "bottom", shown), 0);
  const moved = { ...shown, left: 225, right: 340 };
  assert.equal(hiddenBeyond(drawing, "left", moved), 3);
  assert.equal(hiddenBeyond(drawing, "right", moved), 0);
});

test("tiles stand in rows with one pixel between them", () => {
  assert.deepEqual(tilePlace(0, 8, 3, 5), [0, 0]);
  assert.deepEqual(tilePlace(9, 8, 3, 5), [4, 6]);
});
