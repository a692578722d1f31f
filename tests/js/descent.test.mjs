import assert from "node:assert/strict";
import test from "node:test";
import { limitsOf, movedBy } from "../../nbkeras/notebook/descent/fit_view.js";
import { lossAxis } from "../../nbkeras/notebook/descent/loss_curves.js";
import * as p from "../../nbkeras/notebook/descent/paths.js";

const SIZE = { width: 200, height: 100 };
const PLANE = {
  d: 2,
  limits: [
    [-1, 1],
    [0, 4],
  ],
};

test("a place is put on the map with the second parameter upwards", () => {
  const frame = p.mapFrame(PLANE, SIZE);
  assert.deepEqual(frame.toPixels([-1, 0]), [0, 100]);
  assert.deepEqual(frame.toPixels([0.5, 3]), [150, 25]);
});

test("with one parameter the loss is the height", () => {
  const frame = p.mapFrame({ ...PLANE, d: 1 }, SIZE);
  assert.deepEqual(frame.toPixels([1], 2), [200, 50]);
});

test("shares of the map are places again, held within it", () => {
  assert.deepEqual(p.placeAt(PLANE, 0.75, 0.75), [0.5, 3]);
  assert.deepEqual(p.placeAt(PLANE, -3, 2), [-1, 4]);
  assert.deepEqual(p.placeAt({ ...PLANE, d: 1 }, 0.5, 0.1), [0]);
});

test("an arrow is as long as its step, and a tiny one is still seen", () => {
  const frame = p.mapFrame(PLANE, SIZE);
  assert.deepEqual(p.arrowTip(frame, [100, 50], [0.5, 0]), { tip: [150, 50], turn: 0 });
  const { tip, turn } = p.arrowTip(frame, [100, 50], [0, 0.001]);
  assert.deepEqual([tip[0], Math.round(tip[1]), turn], [100, 34, -90]);
  assert.equal(p.arrowTip(frame, [100, 50], [0, 0]), null);
  assert.equal(p.arrowTip(frame, [100, 50], [NaN, 0]), null);
});

test("a path is cut where it leaves the box", () => {
  const inside = p.visible(
    [
      [10, 10],
      [20, 20],
    ],
    100,
    100,
  );
  assert.equal(inside.left, false);
  const cut = p.visible(
    [
      [50, 50],
      [150, 50],
      [60, 60],
    ],
    100,
    100,
  );
  assert.deepEqual(cut, {
    inside: [
      [50, 50],
      [100, 50],
    ],
    left: true,
    out: [100, 50],
  });
});

test("a table of floats is unpacked run by run", () => {
  // One parameter: position, loss, downhill, velocity, scale.
  const table = new Float32Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  const [first, second] = p.unpackPaths(new DataView(table.buffer), [2, 1], 1);
  assert.deepEqual([first.count, first.loss(0), first.loss(1)], [2, 2, 7]);
  assert.deepEqual([first.place(9), first.velocity(0)], [[6], [4]]); // the last row stays
  assert.deepEqual([second.place(0), second.downhill(0), second.scale(0)], [[11], [13], [15]]);
});

test("the five phases are gone through once, then four of them a step", () => {
  let state = { at: 0, phase: 0 };
  const seen = [];
  for (let i = 0; i < 8; i += 1) {
    state = p.nextPhase(state.at, state.phase, 2);
    seen.push(`${state.at}.${state.phase}`);
  }
  assert.deepEqual(seen, ["0.1", "0.2", "0.3", "0.4", "1.1", "1.2", "1.3", "1.4"]);
  assert.deepEqual(p.nextPhase(1, 4, 2), { at: 1, phase: 4 });
  assert.deepEqual(
    [0, 1, 5].map((step) => p.stepShown(p.stateOfStep(step).at, p.stateOfStep(step).phase)),
    [0, 1, 5],
  );
});

test("losses over more than a factor of twenty get a logarithmic axis", () => {
  const curve = (...y) => ({ x: y.map((_, i) => i), y });
  assert.equal(lossAxis([curve(10, 5, 1)], 2).log, false);
  assert.equal(lossAxis([curve(10, 5, 0.1)], 2).log, true);
  assert.equal(lossAxis([curve(10, 5, -1)], 2).log, false);
  // What has practically reached 0 does not flatten the rest: the axis ends at a floor.
  const { log, range } = lossAxis([curve(10, 1e-3, 1e-30)], 2);
  assert.ok(log && range[0] >= 1e-7 * 0.999);
});

test("limits of the points stay while all points are within them", () => {
  const points = [
    [0, 0],
    [10, 1],
  ];
  const limits = limitsOf(points, null);
  assert.deepEqual(limits, [
    [-1.5, 11.5],
    [-0.15, 1.15],
  ]);
  assert.equal(limitsOf([...points, [11, 1]], limits), limits);
  assert.notEqual(limitsOf([...points, [12, 1]], limits), limits);
});

test("a key moves a point by a share of the plot", () => {
  const limits = [
    [0, 10],
    [0, 4],
  ];
  assert.deepEqual(movedBy([1, 1], [0, -1], 0.1, limits), [1, 0.6]);
});
