import assert from "node:assert/strict";
import test from "node:test";
import { placeLabels, zoomed } from "../../nbkeras/notebook/dashboard/line_chart.js";
import { requests } from "../../nbkeras/notebook/dashboard/time_travel.js";

test("zooming halves the range around the cursor, within the run", () => {
  assert.deepEqual(zoomed([0, 100], [0, 100], 40, 0.5), [15, 65]);
  assert.deepEqual(zoomed([0, 100], [0, 100], 90, 0.5), [65, 100]);
});

test("zooming out as far as the run is no zoom", () => {
  assert.equal(zoomed([25, 75], [0, 100], 50, 2), null);
  assert.deepEqual(zoomed([40, 60], [0, 100], 50, 2), [30, 70]);
});

test("labels of lines make room for each other, and the last of them win", () => {
  const far = placeLabels(
    [
      [10, 40],
      [100, 40],
    ],
    300,
  );
  assert.deepEqual(far, [
    { x: 13, row: 0 },
    { x: 103, row: 0 },
  ]);
  const near = placeLabels(
    [
      [10, 40],
      [20, 40],
      [30, 40],
      [40, 40],
    ],
    300,
  );
  assert.deepEqual(
    near.map((place) => place?.row ?? null),
    [null, 2, 1, 0],
  );
});

test("a label at the right edge stands on the left of its line", () => {
  assert.deepEqual(placeLabels([[290, 40]], 300), [{ x: 247, row: 0 }]);
});

test("requests are bounded, and one for a view that opens waits for its state", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const off = new AbortController();
  const sent = [];
  let opened = false;
  const { ask, askAnew } = requests(() => sent.push(opened), off.signal);
  ask();
  t.mock.timers.tick(100);
  ask(); // waits already
  t.mock.timers.tick(60);
  assert.deepEqual(sent, [false]);
  ask();
  t.mock.timers.tick(80);
  askAnew(); // the state of the view follows within 120 ms
  t.mock.timers.tick(120);
  opened = true;
  t.mock.timers.tick(60);
  assert.deepEqual(sent, [false, true]);
  ask();
  off.abort();
  t.mock.timers.tick(500);
  assert.equal(sent.length, 2);
});
