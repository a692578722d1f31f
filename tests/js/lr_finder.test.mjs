import assert from "node:assert/strict";
import test from "node:test";
import { lossRange, shortRate } from "../../nbkeras/notebook/lr_finder/rate_chart.js";

test("the loss axis cuts off where the loss diverges", () => {
  const losses = [4, 3, 2, 1, 2, 1000];
  const [low, high] = lossRange({ losses, smooth: losses });
  assert.ok(low < 1 && low > 0);
  assert.ok(high >= 4 && high < 5);
});

test("a flat loss still gets an axis", () => {
  const losses = [2, 2, 2, 2];
  const [low, high] = lossRange({ losses, smooth: losses });
  assert.ok(low < 2 && high > 2);
});

test("rates are said in two digits", () => {
  assert.deepEqual([0.00123, 1.26e-5, 0.5].map(shortRate), ["0.0012", "0.000013", "0.5"]);
});
