import assert from "node:assert/strict";
import test from "node:test";
import { extent } from "../../nbkeras/notebook/explanation/maps.js";
import { formatConfidence } from "../../nbkeras/notebook/explanation/widget.js";
import { cellStyle } from "../../nbkeras/notebook/interpretation/matrix.js";
import { corrected } from "../../nbkeras/notebook/interpretation/widget.js";
import { heatColor } from "../../nbkeras/notebook/widget/pixels.js";

test("a confidence that rounds to nothing is not said to be nothing", () => {
  assert.equal(formatConfidence(0.9731), "97.3 %");
  assert.equal(formatConfidence(0.00004), "< 0.1 %");
  assert.equal(formatConfidence(0), "0.0 %");
});

test("curves of probabilities have the whole scale, others their own", () => {
  assert.deepEqual(extent([0.2, 0.4]), [0, 1]);
  assert.deepEqual(extent([-2, 8]), [-2, 8]);
  assert.deepEqual(extent([-3, -3]), [-3, -2]);
});

test("colours of heat go from dark to bright without a step", () => {
  const light = Array.from({ length: 101 }, (_, i) => heatColor(i / 100).reduce((a, b) => a + b));
  assert.ok(light.every((value, i) => i === 0 || value > light[i - 1]));
});

test("a cell without rows is not painted, a full one in full colour", () => {
  assert.equal(cellStyle(0, true).style, null);
  assert.equal(cellStyle(0.9, true).strong, true);
  assert.match(cellStyle(0.5, false).style, /nbk-2\) 35%/);
});

test("a correction is added, replaced and taken back", () => {
  assert.deepEqual(corrected({ 3: 1 }, 5, -1), { 3: 1, 5: -1 });
  assert.deepEqual(corrected({ 3: 1 }, 3, 2), { 3: 2 });
  assert.deepEqual(corrected({ 3: 1 }, 3, null), {});
});
