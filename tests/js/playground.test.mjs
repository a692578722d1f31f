import assert from "node:assert/strict";
import { test } from "node:test";
import { lossText } from "../../nbkeras/notebook/playground/loss_panel.js";
import {
  inUnits,
  mapOf,
  splitWeights,
  thickness,
  unitIndex,
  weightName,
} from "../../nbkeras/notebook/playground/network_state.js";
import { rounded, targetColour, without } from "../../nbkeras/notebook/playground/points.js";
import { settingsWith } from "../../nbkeras/notebook/playground/widget.js";

const choices = {
  data: { classification: ["circle", "drawn"], regression: ["plane", "drawn"] },
  optimizers: { SGD: 0.03, Adam: 0.01 },
};

test("weights are split into kernels and biases, layer by layer", () => {
  const weights = Float32Array.from({ length: 2 * 3 + 3 + 3 * 1 + 1 }, (_, i) => i);
  const [first, second] = splitWeights(weights, [2, 3, 1]);
  assert.deepEqual([...first.kernel], [0, 1, 2, 3, 4, 5]);
  assert.deepEqual([...first.bias], [6, 7, 8]);
  assert.deepEqual([...second.kernel], [9, 10, 11]);
  assert.deepEqual([...second.bias], [12]);
});

test("weights of another network are none", () => {
  assert.deepEqual(splitWeights(new Float32Array(5), [2, 3, 1]), []);
});

test("a unit has its place among all units, and its map", () => {
  const sizes = [2, 3, 2, 1];
  assert.equal(unitIndex(sizes, 1, 2), 2);
  assert.equal(unitIndex(sizes, 2, 1), 4);
  assert.equal(unitIndex(sizes, 3, 0), 5);
  const units = Uint8Array.from({ length: 6 * 4 }, (_, i) => i);
  const state = { sizes, units, tops: [1, 2, 3, 4, 5, 6], info: { side: 2 }, features: new Uint8Array(28) };
  assert.deepEqual([...mapOf(state, 2, 0).bytes], [12, 13, 14, 15]);
  assert.equal(mapOf(state, 2, 0).top, 4);
  assert.deepEqual([...mapOf({ ...state, units: new Uint8Array(0) }, 2, 0).bytes], []);
});

test("weights have the names that Python gives them", () => {
  const state = { sizes: [2, 3, 1] };
  assert.equal(weightName(state, 1, 0, 2), "hidden_1/kernel[0, 2]");
  assert.equal(weightName(state, 2, -1, 0), "output/bias[0]");
});

test("lines grow with the weight, up to a bound", () => {
  assert.ok(thickness(0.1) < thickness(-1));
  assert.equal(thickness(100), thickness(1e9));
  assert.equal(thickness(NaN), 0.5);
});

test("a place is said in the user's units", () => {
  assert.deepEqual(inUnits({ scale: [2, 10], offset: [1, -5] }, [3, -1]), [7, -15]);
});

test("the eraser takes the points within its reach", () => {
  const points = [
    [0, 0, 1],
    [0.4, 0, 0],
    [3, 3, 1],
  ];
  assert.deepEqual(without(points, [0, 0], 0.5), [[3, 3, 1]]);
  assert.deepEqual(rounded([1.23456, -0.001]), [1.23, -0]);
});

test("classes have their colour, numbers that of their size", () => {
  const signed = Uint8ClampedArray.from({ length: 1024 }, (_, i) => i >> 2);
  const colours = { signed, classes: [{ css: "red" }, { css: "blue" }] };
  assert.equal(targetColour(1, { kind: "binary" }, colours), "blue");
  assert.equal(targetColour(0, { kind: "regression", top: 2 }, colours), "rgb(128 128 128)");
  assert.equal(targetColour(2, { kind: "regression", top: 2 }, colours), "rgb(255 255 255)");
});

test("another optimizer has its own rate, another problem its own data", () => {
  const settings = {
    optimizer: "SGD",
    learning_rate: 0.3,
    problem: "classification",
    data: "circle",
    points: [[1, 2, 0]],
  };
  assert.equal(settingsWith(settings, { optimizer: "Adam" }, choices).learning_rate, 0.01);
  const other = settingsWith(settings, { problem: "regression" }, choices);
  assert.deepEqual([other.data, other.points], ["plane", []]);
  assert.equal(settingsWith(settings, { noise: 0.2 }, choices).learning_rate, 0.3);
});

test("a loss without rows is a dash", () => {
  assert.equal(lossText(NaN), "–");
  assert.equal(lossText(0.12345), "0.123");
  assert.equal(lossText(Infinity), "∞");
});
