import assert from "node:assert/strict";
import test from "node:test";
import * as c from "../../nbkeras/notebook/widget/charts/scales.js";
import { MISSING } from "../../nbkeras/notebook/widget/number_format.js";

test("ticks are round and stay inside", () => {
  assert.deepEqual(c.niceTicks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(c.niceTicks(0.13, 0.52, 4), [0.2, 0.3, 0.4, 0.5]);
  assert.deepEqual(c.niceTicks(2, 2, 4), [2]);
  assert.deepEqual(c.logTicks(0.001, 10, 5), [0.001, 0.01, 0.1, 1, 10]);
  assert.deepEqual(c.logTicks(0.5, 3, 4), [0.5, 1, 2]);
});

test("smoothing starts at the first value and passes over NaN", () => {
  assert.deepEqual(
    c.smooth([4, 4, 4], 0.9).map((v) => v.toFixed(9)),
    ["4.000000000", "4.000000000", "4.000000000"],
  );
  // By hand: (0.5 * 0.5 * 2 + 0.5 * 4) / 0.75 = 10 / 3.
  const [, nan, last] = c.smooth([2, NaN, 4], 0.5);
  assert.ok(Number.isNaN(nan));
  assert.ok(Math.abs(last - 10 / 3) < 1e-12);
  assert.deepEqual(c.smooth([1, 2], 0), [1, 2]);
});

test("bytes become columns and what was not measured is left out", () => {
  const values = Float32Array.from([1, 2, 5, 6, MISSING, NaN]);
  const table = c.unpack(new DataView(values.buffer), ["loss", "val_loss"]);
  assert.deepEqual(table, { x: [1, 2], loss: [5, 6], val_loss: [MISSING, NaN] });
  assert.deepEqual(c.points(table.x, table.val_loss), { x: [2], y: [NaN] });
});

test("a NaN breaks the line", () => {
  const curve = { x: [0, 1, 2, 3], y: [1, 2, NaN, 3] };
  assert.equal(
    c.linePath(
      curve,
      (x) => x,
      (y) => y,
    ),
    "M0.0 1.0L1.0 2.0M3.0 3.0",
  );
});

test("the extent sees only the visible part and leaves out what a log cannot show", () => {
  const curve = { x: [0, 1, 2], y: [100, 2, 4] };
  const [low, high] = c.extent([curve], [1, 2], false);
  assert.ok(low < 2 && low > 1.8 && high > 4 && high < 4.2);
  assert.deepEqual(c.extent([{ x: [0], y: [0] }], [0, 1], true), [0.1, 1]);
  assert.deepEqual(c.extent([{ x: [0], y: [NaN] }], [0, 1], false), [0, 1]);
});

test("a constant value does not fill its axis with the noise of its last digits", () => {
  const noisy = { x: [0, 1, 2], y: [0.125, 0.12500001, 0.125] };
  const [low, high] = c.extent([noisy], [0, 2], false);
  assert.ok(high - low > 1e-4 && low > 0.12 && high < 0.13);
  assert.deepEqual(c.leastSpan(1, 2), [1, 2]);
  assert.deepEqual(c.leastSpan(2, 2), [2, 2]);
});

test("scales map ends to ends", () => {
  const scale = c.logarithmic([1, 100], [0, 10]);
  assert.ok(Math.abs(scale(10) - 5) < 1e-12);
  assert.ok(Number.isNaN(scale(0)));
  assert.equal(c.linear([0, 2], [10, 0])(1), 5);
  assert.equal(c.nearest([0, 5, 9], 6), 1);
  assert.equal(c.nearest([], 6), -1);
});
