// The loss of every racer against steps; click or drag to go to a step.

import { extent, formatTick, linear, linePath, logarithmic, logTicks, niceTicks } from "../widget/chart.js";
import { listen, setAttributes, svg } from "../widget/prelude.js";
import { DASHES } from "./walks.js";

const FLOOR = 1e-8; // of the first loss; lower than that is level ground

export function fallsView(say, signal, { onSeek }) {
  const edge = { left: 46, right: 10, top: 8, bottom: 24 };
  const grid = svg("g", { class: "nbk-axes" });
  const lines = svg("g");
  const cursor = svg("line", { class: "nbk-cursor" });
  const face = svg("svg", { class: "nbk-face", role: "img", "aria-label": say("falls") }, grid, lines, cursor);
  let size = { width: 10, height: 10 };
  let most = 1;

  function layout(width) {
    const height = Math.round(Math.min(Math.max(width * 0.55, 150), 240));
    size = { width, height };
    setAttributes(face, { width, height, viewBox: `0 0 ${width} ${height}` });
  }

  function draw({ racers, seen, steps }) {
    most = steps;
    const { width, height } = size;
    const curves = racers.map(({ walk }) => {
      const rows = Array.from({ length: walk.count }, (_, i) => i);
      return { x: rows, y: rows.map((row) => walk.loss(row)) };
    });
    const values = curves.flatMap((curve) => curve.y).filter(Number.isFinite);
    // What has practically arrived at 0 must not flatten all the rest.
    const floor = FLOOR * Math.min(...curves.map((curve) => curve.y[0]).filter(Number.isFinite));
    const low = Math.max(Math.min(...values), floor);
    const log = Math.min(...values) >= 0 && low > 0 && Math.max(...values) / low > 20;
    const range = extent(curves, [0, steps], log);
    if (log) range[0] = Math.max(range[0], floor);
    const x = linear([0, steps], [edge.left, width - edge.right]);
    const y = (log ? logarithmic : linear)(range, [height - edge.bottom, edge.top]);
    const ticks = log ? logTicks(...range, 4) : niceTicks(...range, 4);
    grid.replaceChildren(
      ...ticks.map((tick) =>
        svg(
          "g",
          {},
          svg("line", {
            class: "nbk-rule",
            x1: edge.left,
            x2: width - edge.right,
            y1: y(tick).toFixed(1),
            y2: y(tick).toFixed(1),
          }),
          svg(
            "text",
            { x: edge.left - 6, y: y(tick).toFixed(1), dy: "0.32em", "text-anchor": "end" },
            formatTick(tick),
          ),
        ),
      ),
      ...niceTicks(0, steps, Math.max(2, Math.round(width / 80)))
        .filter(Number.isInteger)
        .map((tick) => svg("text", { x: x(tick).toFixed(1), y: height - 8, "text-anchor": "middle" }, String(tick))),
    );
    lines.replaceChildren(
      ...curves.flatMap((curve, i) => {
        const style = `--nbk-own: var(--nbk-${i + 1})`;
        const past = { x: curve.x.slice(0, seen + 1), y: curve.y.slice(0, seen + 1) };
        return [
          svg("path", { class: "nbk-future", d: linePath(curve, x, y), style }),
          svg("path", {
            class: "nbk-past",
            d: linePath(past, x, y),
            style,
            "stroke-dasharray": DASHES[i],
            "data-racer": i,
          }),
        ];
      }),
    );
    setAttributes(cursor, { x1: x(seen), x2: x(seen), y1: edge.top, y2: height - edge.bottom });
  }

  let dragging = false;
  const seek = (event) => {
    const at = face.getBoundingClientRect();
    const share = (event.clientX - at.left - edge.left) / (size.width - edge.left - edge.right);
    onSeek(Math.round(Math.min(Math.max(share, 0), 1) * most));
  };
  listen(
    face,
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      dragging = true;
      face.setPointerCapture(event.pointerId);
      seek(event);
    },
    signal,
  );
  listen(face, "pointermove", (event) => dragging && seek(event), signal);
  for (const type of ["pointerup", "pointercancel"])
    listen(
      face,
      type,
      () => {
        dragging = false;
      },
      signal,
    );
  return { face, layout, draw };
}
