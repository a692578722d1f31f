// Runs as data in the page: filter, order, best, curves.
import assert from "node:assert/strict";
import test from "node:test";
import { bestOf, curvesOf, fits, metricOf, ordered } from "../../nbkeras/notebook/runs/runs.js";

const row = (name, settings, loss, more = {}) => ({
  name,
  status: "completed",
  epochs: 3,
  settings,
  best: loss === null ? {} : { loss: [2, loss] },
  ...more,
});
const rows = [
  row("a", { optimizer: "Adam", rate: 0.01, seed: 7 }, 0.5),
  row("b", { optimizer: "SGD", rate: 0.1, seed: 17 }, 0.25),
  row("c", { optimizer: "SGD", rate: 0.001 }, null, { status: "failed" }),
];
const names = (found) => found.map(({ name }) => name).join("");

test("every word must occur, in any setting", () => {
  const find = (text) => names(rows.filter((each) => fits(each, text)));
  assert.equal(find(""), "abc");
  assert.equal(find("sgd"), "bc");
  assert.equal(find("SGD failed"), "c");
  assert.equal(find("seed:7"), "ab");
  assert.equal(find("optimizer:adam seed:7"), "a");
  assert.equal(find("rate:7"), "");
  assert.equal(find(":"), "");
});

test("numbers are ordered as numbers, what is missing comes last", () => {
  assert.equal(names(ordered(rows, "", false, "loss")), "abc");
  assert.equal(names(ordered(rows, ":rate", false, "loss")), "cab");
  assert.equal(names(ordered(rows, ":rate", true, "loss")), "bac");
  assert.equal(names(ordered(rows, "best", false, "loss")), "bac");
  assert.equal(names(ordered(rows, ":seed", true, "loss")), "bac");
  assert.equal(names(ordered(rows, "name", true, "loss")), "cba");
});

test("the best run is the lowest, or the highest", () => {
  assert.equal(bestOf(rows, "loss", false), "b");
  assert.equal(bestOf(rows, "loss", true), "a");
  assert.equal(bestOf(rows, "other", true), null);
});

test("the validation loss is shown first", () => {
  assert.equal(metricOf(["loss", "val_loss"], ""), "val_loss");
  assert.equal(metricOf(["mae", "loss"], "gone"), "loss");
  assert.equal(metricOf(["mae"], "mae"), "mae");
  assert.equal(metricOf([], ""), "");
});

test("curves are found by run and metric", () => {
  const flat = new Float32Array([1, 10, 2, 20, 1, 30, 1, 40]);
  const sizes = [{ loss: 2, mae: 1 }, {}, { mae: 0, loss: 1 }];
  const found = curvesOf(new DataView(flat.buffer), sizes, "loss");
  assert.deepEqual(found, [{ x: [1, 2], y: [10, 20] }, null, { x: [1], y: [40] }]);
});

test("twenty runs are filtered and ordered in far less than a tenth of a second", () => {
  const settings = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`setting${i}`, `value ${i}`]));
  const many = Array.from({ length: 20 }, (_, i) => row(`run ${i}`, { ...settings, seed: i }, i));
  const began = performance.now();
  const found = ordered(
    many.filter((each) => fits(each, "value seed:1")),
    ":seed",
    true,
    "loss",
  );
  assert.ok(performance.now() - began < 20);
  assert.equal(found.length, 11);
});
