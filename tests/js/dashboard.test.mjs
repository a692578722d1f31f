import assert from "node:assert/strict";
import test from "node:test";
import { zoomed } from "../../nbkeras/notebook/dashboard/plot.js";

test("zooming halves the range around the cursor, within the run", () => {
  assert.deepEqual(zoomed([0, 100], [0, 100], 40, 0.5), [15, 65]);
  assert.deepEqual(zoomed([0, 100], [0, 100], 90, 0.5), [65, 100]);
});

test("zooming out as far as the run is no zoom", () => {
  assert.equal(zoomed([25, 75], [0, 100], 50, 2), null);
  assert.deepEqual(zoomed([40, 60], [0, 100], 50, 2), [30, 70]);
});
