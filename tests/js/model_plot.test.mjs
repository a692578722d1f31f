import assert from "node:assert/strict";
import test from "node:test";
import { tilePlace } from "../../nbkeras/notebook/model_plot/inspector.js";
import { zoomThatFits } from "../../nbkeras/notebook/model_plot/widget.js";

test("a wide picture shrinks to the room there is, a small one does not grow", () => {
  assert.equal(zoomThatFits(1200, 900), 0.75);
  assert.equal(zoomThatFits(300, 900), 1);
  assert.equal(zoomThatFits(300, 0), 1);
});

test("tiles stand in rows with one pixel between them", () => {
  assert.deepEqual(tilePlace(0, 8, 3, 5), [0, 0]);
  assert.deepEqual(tilePlace(9, 8, 3, 5), [4, 6]);
});
