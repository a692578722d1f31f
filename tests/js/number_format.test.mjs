import assert from "node:assert/strict";
import test from "node:test";
import * as c from "../../nbkeras/notebook/widget/number_format.js";

test("labs say three digits, and large numbers to their ones", () => {
  const said = [0.12345, -12.5, 1234.56, 250, 0.2, 0, 0.00001234, 2.5e7, Number.NaN];
  assert.deepEqual(said.map(c.formatShort), ["0.123", "−12.5", "1235", "250", "0.2", "0", "1.23e−5", "2.5e7", "NaN"]);
});

test("numbers are said with four digits", () => {
  const said = [0.12345, 12.3456, 1234.56, 0.00001234, 1.5e9, 0, NaN, Infinity, -0.5, c.MISSING];
  assert.deepEqual(said.map(c.formatNumber), [
    "0.1235",
    "12.35",
    "1235",
    "1.23e−5",
    "1.5e9",
    "0",
    "NaN",
    "∞",
    "−0.5000",
    "–",
  ]);
  assert.deepEqual([0.2, 1000, 1e-5, 2e6].map(c.formatTick), ["0.2", "1000", "1e−5", "2e6"]);
  assert.deepEqual([0.001, 0.0031623, 3.16e-5, 0, 1].map(c.formatRate), ["0.001", "0.00316", "3.16e−5", "0", "1"]);
});

test("times are said as clocks and spans", () => {
  assert.deepEqual([7, 65, 3700].map(c.formatTime), ["0:07", "1:05", "1:01:40"]);
  assert.deepEqual([0.00021, 0.012, 2.34].map(c.formatSpan), ["210 µs", "12 ms", "2.3 s"]);
});
