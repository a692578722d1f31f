// Colours of numbers: orange below zero, blue above, the background at zero.

import { listen } from "../dom.js";
import { putPixels } from "../pixels.js";

// Read the three colours from computed styles, so that they follow the theme.
/** @param {HTMLElement[]} probes */
export function palette(probes) {
  const [negative, zero, positive] = probes.map((probe) => channels(getComputedStyle(probe).backgroundColor));
  const table = new Uint8ClampedArray(256 * 4);
  for (let byte = 0; byte < 256; byte += 1) {
    const share = Math.max(-1, (byte - 128) / 127);
    const end = share < 0 ? negative : positive;
    for (let k = 0; k < 3; k += 1) table[4 * byte + k] = zero[k] + Math.abs(share) * (end[k] - zero[k]);
    table[4 * byte + 3] = 255;
  }
  return table;
}

// Classes of the nodes with these colours.
export const PROBES = ["nbk-negative", "nbk-zero", "nbk-positive"];

// "rgb(1, 2, 3)" or "color(srgb 0.1 0.2 0.3)" -> three numbers 0 to 255.
export function channels(text) {
  const numbers = (text.match(/[\d.]+/g) ?? ["0", "0", "0"]).slice(0, 3).map(Number);
  return text.startsWith("color") ? numbers.map((n) => n * 255) : numbers;
}

// The byte of a value on a scale up to `top`.
export const byteOf = (value, top) => Math.max(0, Math.min(255, Math.round(128 + (127 * value) / (top || 1))));

// Paint bytes around 128; `share` scales their distance from zero.
export function paintBytes(canvas, bytes, height, width, table, share = 1) {
  const image = new ImageData(width, height);
  const out = image.data;
  for (let i = 0; i < height * width; i += 1) {
    const at = 4 * Math.round(128 + (bytes[i] - 128) * share);
    out[4 * i] = table[at];
    out[4 * i + 1] = table[at + 1];
    out[4 * i + 2] = table[at + 2];
    out[4 * i + 3] = 255;
  }
  putPixels(canvas, image);
}

// A colour of the table as CSS, and black or white for text on it, whichever contrasts
// more: the relative luminance of WCAG 2, at which both contrast equally, is 0.179.
export function cssOf(table, byte) {
  const colour = table.subarray(4 * byte, 4 * byte + 3);
  const [r, g, b] = Array.from(colour, (n) => (n <= 10 ? n / 3294.6 : ((n / 255 + 0.055) / 1.055) ** 2.4));
  const isDark = 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.179;
  return { colour: `rgb(${colour.join(" ")})`, ink: isDark ? "#fff" : "#000" };
}

// Numbers as short text; NaN and infinity are already text.
export function shortText(value, digits = 4) {
  if (typeof value !== "number") return String(value ?? "");
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e6 || size < 1e-4 ? value.toExponential(digits - 2) : String(Number(value.toPrecision(digits)));
  return text.replace("-", "\u2212");
}

// Text for a small cell: at most two decimals, without a leading zero.
export function cellText(value) {
  if (typeof value !== "number") return String(value ?? "");
  const size = Math.abs(value);
  if (size >= 1000) return shortText(value, 2);
  const text = value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
  const short = text
    .replace(/^(-?)0\./, "$1.")
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
  return ["", "-"].includes(short) ? "0" : short.replace("-", "\u2212");
}

// Canvases contain colours of the theme: redraw when it changes.
export function followTheme(redraw, signal) {
  const observer = new MutationObserver(redraw);
  const options = { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] };
  observer.observe(document.body, options);
  observer.observe(document.documentElement, options); // of MyST
  listen(matchMedia("(prefers-color-scheme: dark)"), "change", redraw, signal);
  signal.addEventListener("abort", () => observer.disconnect());
}
