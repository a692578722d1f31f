import assert from "node:assert/strict";
import { test } from "node:test";
import { nextTile } from "../../nbkeras/notebook/inside/rows.js";
import { base64, coveringCut } from "../../nbkeras/notebook/inside/sources.js";
import { byteOf, cellText, channels, cssOf, shortText } from "../../nbkeras/notebook/widget/charts/colours.js";

test("arrow keys move along a row, and to the next row that has tiles", () => {
  const counts = [1, 8, 0, 3];
  assert.deepEqual(nextTile([1, 2], [1, 0], counts), [1, 3]);
  assert.deepEqual(nextTile([1, 7], [1, 0], counts), [1, 7]);
  assert.deepEqual(nextTile([1, 7], [0, -1], counts), [3, 2]);
  assert.deepEqual(nextTile([3, 2], [0, 1], counts), [1, 2]);
  assert.deepEqual(nextTile([0, 0], [0, 1], counts), [0, 0]);
  assert.deepEqual(nextTile([3, 0], [0, -1], counts), [3, 0]);
});

test("numbers are short, and what is no number stays as it came", () => {
  assert.equal(shortText(0), "0");
  assert.equal(shortText(-0.123456), "\u22120.1235");
  assert.equal(shortText(0.0000123), "1.23e\u22125");
  assert.equal(shortText("nan"), "nan");
  assert.equal(shortText(1234567, 5), "1.235e+6");
});

test("numbers in cells have two decimals and no zero in front", () => {
  const given = [0, 0.157, -0.016, 0.5, 1, -1.5, 12.34, 123.4, -0.001, 54321, "inf"];
  const shown = ["0", ".16", "\u2212.02", ".5", "1", "\u22121.5", "12.3", "123", "0", "54000", "inf"];
  assert.deepEqual(given.map(cellText), shown);
});

test("a value becomes a byte around 128", () => {
  assert.deepEqual(
    [-2, -1, 0, 0.5, 1, 9].map((value) => byteOf(value, 1)),
    [0, 1, 128, 192, 255, 255],
  );
  assert.equal(byteOf(0, 0), 128);
});

test("text on a colour contrasts at least 4.5 to 1", () => {
  const light = (n) => (n <= 10 ? n / 3294.6 : ((n / 255 + 0.055) / 1.055) ** 2.4);
  for (let shade = 0; shade < 256; shade += 1) {
    const table = Uint8ClampedArray.from([shade, (shade * 7) % 256, 255 - shade, 255]);
    const [r, g, b] = [...table].map(light);
    const back = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    const ink = cssOf(table, 0).ink === "#fff" ? 1 : 0;
    const contrast = (Math.max(back, ink) + 0.05) / (Math.min(back, ink) + 0.05);
    assert.ok(contrast >= 4.5, `${shade}: ${contrast}`);
  }
});

test("colours are read in both forms of CSS", () => {
  assert.deepEqual(channels("rgb(1, 2, 3)"), [1, 2, 3]);
  assert.deepEqual(channels("color(srgb 1 0 0.2)"), [255, 0, 51]);
});

test("a picture is cut in the middle to the network's proportion", () => {
  assert.deepEqual(coveringCut(200, 100, 1), { x: 50, y: 0, width: 100, height: 100 });
  assert.deepEqual(coveringCut(100, 200, 2), { x: 0, y: 75, width: 100, height: 50 });
});

test("bytes go as base64, also more than one piece", () => {
  const bytes = Uint8Array.from({ length: 9000 }, (_, i) => i % 256);
  assert.deepEqual(Uint8Array.from(Buffer.from(base64(bytes), "base64")), bytes);
});
