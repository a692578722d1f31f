// Loss curves: the loss of every run by step; click or drag to go to a step.

import { clamp, extent, linear, linePath, logarithmic, logTicks, niceTicks } from "../widget/charts/scales.js";
import { setAttributes, svg } from "../widget/dom.js";
import { onDrag } from "../widget/gestures.js";
import { formatTick } from "../widget/number_format.js";
import { ownColour, runGroup } from "./path_marks.js";
import { DASHES, topLast } from "./paths.js";

const MARGIN = { left: 46, right: 10, top: 8, bottom: 24 };
const FLOOR = 1e-8; // fraction of the first loss: lower values must not flatten the rest
const LOG_FROM = 20; // ratio of largest to lowest loss from which the axis is logarithmic

export function lossCurvesView(say, signal, { onSeek }) {
  const grid = svg("g", { class: "nbk-axes" });
  const lines = svg("svg", { class: "nbk-clip" });
  const cursor = svg("line", { class: "nbk-cursor" });
  const face = svg("svg", { class: "nbk-face", role: "img", "aria-label": say("loss_curves") }, grid, lines, cursor);
  let size = { width: 10, height: 10 };
  let lastStep = 1;

  function layout(width) {
    size = { width, height: Math.round(clamp(width * 0.3, 130, 200)) };
    setAttributes(face, { ...size, viewBox: `0 0 ${width} ${size.height}` });
    const inner = { x: 0, y: MARGIN.top, width, height: size.height - MARGIN.top - MARGIN.bottom };
    setAttributes(lines, { ...inner, viewBox: `0 ${inner.y} ${inner.width} ${inner.height}` });
  }

  function draw({ runs, step, steps, top }) {
    lastStep = steps;
    const bottom = size.height - MARGIN.bottom;
    const curves = runs.map(({ path }) => lossCurve(path));
    const { log, range } = lossAxis(curves, steps);
    const x = linear([0, steps], [MARGIN.left, size.width - MARGIN.right]);
    const y = (log ? logarithmic : linear)(range, [bottom, MARGIN.top]);
    const losses = log ? logTicks(...range, 4) : niceTicks(...range, 4);
    grid.replaceChildren(...losses.map((loss) => lossRule(loss, y(loss), size.width)), ...stepLabels(steps, x, size));
    lines.replaceChildren(
      ...topLast(curves, top).map(([curve, i]) => runGroup(i, top, curveLines(curve, i, step, x, y))),
    );
    setAttributes(cursor, { x1: x(step), x2: x(step), y1: MARGIN.top, y2: bottom });
  }

  const seek = (event) => {
    const left = face.getBoundingClientRect().left + MARGIN.left;
    const share = (event.clientX - left) / (size.width - MARGIN.left - MARGIN.right);
    onSeek(Math.round(clamp(share, 0, 1) * lastStep));
  };
  onDrag(face, signal, { press: seek, move: seek });
  return { face, layout, draw };
}

function lossCurve(path) {
  const steps = Array.from({ length: path.count }, (_, i) => i);
  return { x: steps, y: steps.map(path.loss) };
}

// The loss axis for curves up to a number of steps: {log, range}.
export function lossAxis(curves, steps) {
  const losses = curves.flatMap((curve) => curve.y).filter(Number.isFinite);
  const floor = FLOOR * Math.min(...curves.map((curve) => curve.y[0]).filter(Number.isFinite));
  const [lowest, highest] = [Math.min(...losses), Math.max(...losses)];
  const low = Math.max(lowest, floor);
  const log = lowest >= 0 && low > 0 && highest / low > LOG_FROM;
  const range = extent(curves, [0, steps], log);
  if (log) range[0] = Math.max(range[0], floor);
  return { log, range };
}

function lossRule(loss, y, width) {
  const at = y.toFixed(1);
  return svg(
    "g",
    {},
    svg("line", { class: "nbk-rule", x1: MARGIN.left, x2: width - MARGIN.right, y1: at, y2: at }),
    svg("text", { x: MARGIN.left - 6, y: at, dy: "0.32em", "text-anchor": "end" }, formatTick(loss)),
  );
}

function stepLabels(steps, x, { width, height }) {
  const ticks = niceTicks(0, steps, Math.max(2, Math.round(width / 80))).filter(Number.isInteger);
  return ticks.map((tick) =>
    svg("text", { x: x(tick).toFixed(1), y: height - 8, "text-anchor": "middle" }, String(tick)),
  );
}

// The whole curve, and over it the part up to the displayed step.
function curveLines(curve, i, step, x, y) {
  const style = ownColour(i);
  const past = { x: curve.x.slice(0, step + 1), y: curve.y.slice(0, step + 1) };
  const dashes = { "stroke-dasharray": DASHES[i], "data-run": i };
  return [
    svg("path", { class: "nbk-future", d: linePath(curve, x, y), style }),
    svg("path", { class: "nbk-past", d: linePath(past, x, y), style, ...dashes }),
  ];
}
