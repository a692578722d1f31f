import assert from "node:assert/strict";
import test from "node:test";
import { fill, numbers } from "../../nbkeras/notebook/widget/traits.js";

test("braces are filled and an unknown one is left to see", () => {
  assert.equal(fill("{n} of {total}", { n: 3 }), "3 of {total}");
});

test("numbers come from any offset of a buffer", () => {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setFloat32(2, 1.5, true);
  assert.deepEqual([...numbers(new DataView(bytes.buffer, 2, 4))], [1.5]);
  assert.equal(numbers(null).length, 0);
});
