// The chart of the learning-rate finder: loss against learning rate, with the suggestion,
// the chosen rate, and a cursor that follows pointer and keys.

import { clamp, linear, linePath, logarithmic, logTicks, nearest, niceTicks } from "../widget/charts/scales.js";
import { listen, setAttributes, setText, svg } from "../widget/dom.js";
import { indexAfterKey, isShortcut } from "../widget/gestures.js";
import { formatShort, formatTick } from "../widget/number_format.js";

const MARGIN = { left: 50, right: 12, top: 12, bottom: 26 };
const LABEL_PX = 150; // width needed for the suggestion's label on its right

// A learning rate with two significant digits.
export const shortRate = (rate) => String(Number(rate.toPrecision(2)));

export function rateChart(say, signal, { onPoint, onPick }) {
  const parts = chartParts(say("chart"));
  const { face } = parts;
  let state = null; // {curve, suggestion, chosen, at, pinned, busy, frame}; no frame before two rates

  function draw(curve, marks) {
    const width = Math.max(face.parentElement?.clientWidth - 32 || 400, 240);
    const height = Math.round(clamp(width * 0.42, 180, 300));
    const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    const lastIndex = Math.max(curve.rates.length - 1, 0);
    setAttributes(face, { width, height, viewBox: `0 0 ${width} ${height}`, "aria-valuemax": lastIndex });
    setAttributes(parts.inside, { x: MARGIN.left, y: MARGIN.top, ...inner });
    state = { curve, ...marks, frame: curve.rates.length < 2 ? null : chartFrame(curve, inner) };
    if (!state.frame) return clearChart(parts);
    drawGrid(parts.grid, state.frame);
    drawCurve(parts, state);
    drawSuggestion(parts.suggested, state, say);
    drawCursor(parts, state, say);
  }

  const indexAt = (event) => {
    const { range, width } = state.frame;
    const share = clamp((event.clientX - face.getBoundingClientRect().left - MARGIN.left) / width, 0, 1);
    return nearest(state.curve.rates, range[0] * (range[1] / range[0]) ** share);
  };
  const canPick = () => state?.frame && !state.busy;
  const unpin = () => {
    onPick(null);
    onPoint(null);
  };
  const pressKey = (event) => {
    if (!state?.frame || isShortcut(event)) return;
    const at = cursorIndex(state);
    const index = indexAfterKey(event.key, at, state.curve.rates.length - 1);
    if (index !== null) onPoint(index);
    else if ((event.key === "Enter" || event.key === " ") && canPick()) onPick(at);
    else if (event.key === "Escape") unpin();
    else return;
    event.preventDefault();
  };
  listen(face, "pointermove", (event) => state?.frame && onPoint(indexAt(event)), signal);
  listen(face, "pointerleave", () => onPoint(null), signal);
  listen(face, "click", (event) => canPick() && onPick(indexAt(event)), signal);
  listen(face, "keydown", pressKey, signal);
  return { face, draw };
}

function chartParts(label) {
  const grid = svg("g", { class: "nbk-axes" });
  const raw = svg("path", { class: "nbk-raw" });
  const line = svg("path", { class: "nbk-line" });
  const suggested = svg("g", { class: "nbk-suggested" }, svg("path"), svg("text"));
  const set = svg("path", { class: "nbk-set" });
  const cursor = svg("g", { class: "nbk-cursor" }, svg("path"), svg("circle", { r: 4.5 }), svg("text"));
  const inside = svg("svg", { class: "nbk-inside" }, raw, line, set, suggested, cursor);
  const role = { role: "slider", tabindex: 0, "aria-label": label, "aria-valuemin": 0 };
  const face = svg("svg", { class: "nbk-face", ...role }, grid, inside);
  return { face, inside, grid, raw, line, suggested, set, cursor };
}

function chartFrame(curve, { width, height }) {
  const range = [curve.rates[0], curve.rates[curve.rates.length - 1]];
  const losses = lossRange(curve);
  return { width, height, range, losses, x: logarithmic(range, [0, width]), y: linear(losses, [height, 0]) };
}

// Limits of the loss axis, excluding the diverging part.
export function lossRange({ losses, smooth }) {
  const low = Math.min(...losses, ...smooth);
  const firstHalf = losses.slice(0, Math.max(3, Math.floor(losses.length / 2))).sort((a, b) => a - b);
  const high = firstHalf[Math.min(firstHalf.length - 1, Math.floor(firstHalf.length * 0.98))];
  const air = 0.15 * (high - low || Math.abs(high) || 1);
  return [low - air / 2, high + air];
}

// Index of the rate at the cursor, also announced to screen readers.
function cursorIndex({ curve, at, suggestion, frame }) {
  const index = at ?? nearest(curve.rates, suggestion ?? frame.range[0]);
  return Math.min(index, curve.rates.length - 1);
}

function clearChart({ raw, line, set, grid, suggested, cursor }) {
  for (const path of [raw, line, set]) setAttributes(path, { d: "" });
  for (const group of [suggested, cursor]) setAttributes(group, { display: "none" });
  grid.replaceChildren();
}

function drawCurve({ raw, line, set }, { curve, chosen, frame: { x, y, height } }) {
  const dots = curve.rates.map((rate, i) => `M${x(rate).toFixed(1)} ${y(curve.losses[i]).toFixed(1)}h.01`);
  setAttributes(raw, { d: dots.join("") });
  setAttributes(line, { d: linePath({ x: curve.rates, y: curve.smooth }, x, y) });
  setAttributes(set, { d: chosen ? `M${x(chosen).toFixed(1)} 0V${height}` : "" });
}

// A label beside a vertical line, on its right if there is room.
const labelBeside = (px, gap, isRight) => ({
  x: px + (isRight ? gap : -gap),
  "text-anchor": isRight ? "start" : "end",
});

function drawSuggestion(group, { suggestion, frame: { x, width, height } }, say) {
  setAttributes(group, { display: suggestion === null ? "none" : null });
  if (suggestion === null) return;
  const [rule, label] = group.children;
  const px = x(suggestion);
  setAttributes(rule, { d: `M${px.toFixed(1)} 0V${height}` });
  setAttributes(label, { y: 12, ...labelBeside(px, 6, px < width - LABEL_PX) });
  setText(label, `${say("suggestion")} ${shortRate(suggestion)}`);
}

function drawCursor({ face, cursor }, state, say) {
  const { curve, frame } = state;
  const i = cursorIndex(state);
  const text = say("at", { rate: shortRate(curve.rates[i]), loss: formatShort(curve.smooth[i]) });
  setAttributes(face, { "aria-valuenow": i, "aria-valuetext": text });
  setAttributes(cursor, {
    display: state.at === null ? "none" : null,
    "data-pinned": String(state.at !== null && state.at === state.pinned),
  });
  if (state.at === null) return;
  const [rule, dot, label] = cursor.children;
  const [px, py] = [frame.x(curve.rates[i]), frame.y(curve.smooth[i])];
  setAttributes(rule, { d: `M${px.toFixed(1)} 0V${frame.height}` });
  setAttributes(dot, { cx: px.toFixed(1), cy: py.toFixed(1) });
  setAttributes(label, { y: frame.height - 8, ...labelBeside(px, 8, px < frame.width / 2) });
  setText(label, text);
}

function drawGrid(grid, { range, losses, x, y, width, height }) {
  const bottom = MARGIN.top + height;
  grid.replaceChildren(
    ...niceTicks(...losses, Math.max(2, Math.round(height / 45))).map((tick) => {
      const at = (MARGIN.top + y(tick)).toFixed(1);
      return svg(
        "g",
        {},
        svg("path", { d: `M${MARGIN.left} ${at}h${width}` }),
        svg("text", { x: MARGIN.left - 6, y: at, dy: "0.32em", "text-anchor": "end" }, formatTick(tick)),
      );
    }),
    ...logTicks(...range, Math.max(2, Math.round(width / 70))).map((tick) =>
      svg("text", { x: (MARGIN.left + x(tick)).toFixed(1), y: bottom + 16, "text-anchor": "middle" }, formatTick(tick)),
    ),
    svg("path", { class: "nbk-base", d: `M${MARGIN.left} ${bottom}h${width}` }),
  );
}
