// The map: heights as colours and lines, walks over them, a start that can be dragged.
// With one parameter it is the curve of the loss instead.

import { formatTick, linear, niceTicks } from "../widget/chart.js";
import { listen, node, setAttributes, svg } from "../widget/prelude.js";
import { contourLine, heightLevels, paintHeights } from "./contour.js";
import { arrowLength, DASHES, inBox, pathOf, SHAPES, visible } from "./walks.js";

const MARGIN = { left: 44, right: 10, top: 8, bottom: 24 };
const LINES = 12; // contour lines
export const AIR = 0.06; // above and below a curve

export function groundView(say, signal, { onStart, describe }) {
  const base = node("canvas", { class: "nbk-base", "aria-hidden": "true" });
  const lines = svg("path", { class: "nbk-isolines" });
  const curve = svg("path", { class: "nbk-curve" });
  const [lowest, walks, arrows] = [svg("g"), svg("g"), svg("g", { class: "nbk-arrows" })];
  const handle = svg(
    "g",
    { class: "nbk-handle", tabindex: 0, role: "button" },
    svg("circle", { r: 13, class: "nbk-halo" }),
    svg("circle", { r: 6.5 }),
  );
  const catcher = svg("rect", { class: "nbk-catch", width: "100%", height: "100%" });
  const inside = svg("svg", { class: "nbk-inside" }, catcher, lines, curve, lowest, handle, walks, arrows);
  const axes = svg("g", { class: "nbk-axes" });
  const face = svg("svg", { class: "nbk-face", role: "group" }, axes, inside);
  const box = node("div", { class: "nbk-ground" }, base, face);
  let shown = null;
  let size = { width: 10, height: 10 };

  function layout(width) {
    const height = Math.round(Math.min(Math.max(width * 0.8, 220), 440));
    size = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    setAttributes(face, { width, height, viewBox: `0 0 ${width} ${height}` });
    setAttributes(inside, { x: MARGIN.left, y: MARGIN.top, ...size });
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    Object.assign(base.style, {
      left: `${MARGIN.left}px`,
      top: `${MARGIN.top}px`,
      width: `${size.width}px`,
      height: `${size.height}px`,
    });
    Object.assign(base, {
      width: Math.round(size.width * ratio * 0.75),
      height: Math.round(size.height * ratio * 0.75),
    });
  }

  // What changes with the ground alone: colours, lines, axes.
  function drawGround(ground) {
    shown = ground;
    const { width, height } = size;
    const [xs, ys] = ground.limits;
    shown.x = linear(xs, [0, width]);
    shown.y = linear(ys, [height, 0]);
    base.hidden = ground.d === 1;
    setAttributes(face, { "aria-label": say(ground.d === 1 ? "curve" : "map") });
    if (ground.d === 2) {
      paintHeights(base, ground.values, ground.across, ground.scale);
      setAttributes(lines, { d: isolines(ground) });
      setAttributes(curve, { d: "" });
    } else {
      const points = Array.from(ground.values, (v, i) => [(i / (ground.across - 1)) * width, shown.y(v)]);
      setAttributes(curve, { d: pathOf(points.filter(([, y]) => Number.isFinite(y))) });
      setAttributes(lines, { d: "" });
    }
    lowest.replaceChildren(
      ...ground.lowest.map((place) =>
        svg("path", {
          class: "nbk-lowest",
          d: "M-5-5L5 5M-5 5L5-5",
          transform: `translate(${toPage(place, ground.d === 1 ? ground.scale.low : 0)})`,
        }),
      ),
    );
    drawAxes(axes, ground, size, MARGIN);
  }

  function isolines({ values, across, scale }) {
    const down = values.length / across;
    const [sx, sy] = [size.width / (across - 1), size.height / (down - 1)];
    let d = "";
    for (const level of heightLevels(scale, LINES)) {
      for (const [x0, y0, x1, y1] of contourLine(values, across, level)) {
        d += pathOf([
          [x0 * sx, size.height - y0 * sy],
          [x1 * sx, size.height - y1 * sy],
        ]);
      }
    }
    return d;
  }

  // A place (and its loss, for a curve) in pixels inside the map.
  const toPage = (place, loss) => [shown.x(place[0]), shown.y(shown.d === 1 ? loss : place[1])];

  // What changes with every step.
  function drawWalks({ racers, seen, arrows: wanted, lead, start, startLoss, recorded }) {
    const run = visible(
      recorded.map((place) => toPage(place, 0)),
      size.width,
      size.height,
    ).seen;
    walks.replaceChildren(
      svg("path", { class: "nbk-recorded", d: pathOf(run) }),
      ...racers.flatMap((racer, i) => walkOf(racer, i, seen, i === lead)),
    );
    arrows.replaceChildren(...racers.flatMap((racer, i) => arrowsOf(racer, i, seen, wanted)));
    const [x, y] = toPage(start, startLoss);
    const at = [Math.min(Math.max(x, 0), size.width), Math.min(Math.max(Number.isFinite(y) ? y : 0, 0), size.height)];
    setAttributes(handle, {
      transform: `translate(${at.map((n) => n.toFixed(1))})`,
      "aria-label": say("start_at", { place: describe(start) }),
    });
  }

  function walkOf({ walk }, i, seen, leads) {
    const last = Math.min(seen, walk.count - 1);
    const all = Array.from({ length: last + 1 }, (_, row) => toPage(walk.place(row), walk.loss(row)));
    const { seen: points, left, out } = visible(all, size.width, size.height);
    const d = pathOf(points);
    const style = `--nbk-own: var(--nbk-${i + 1})`;
    const parts = [
      svg("path", { class: "nbk-walk-halo", d }),
      svg("path", { class: "nbk-walk", d, style, "stroke-dasharray": DASHES[i], "data-racer": i }),
    ];
    if (points.length > 1 && points.length < 60) {
      parts.push(
        svg("path", {
          class: "nbk-dots",
          style,
          d: points
            .slice(0, -1)
            .map(([x, y]) => `M${(x - 1.6).toFixed(1)} ${y.toFixed(1)}h.01`)
            .join(""),
        }),
      );
    }
    const end = points[points.length - 1];
    if (left && out) parts.push(leaving(points, style));
    else if (end)
      parts.push(
        svg("path", {
          class: leads ? "nbk-mark nbk-leads" : "nbk-mark",
          d: SHAPES[i],
          style,
          transform: `translate(${end.map((n) => n.toFixed(1))})`,
          "data-racer": i,
        }),
      );
    return parts;
  }

  // An arrowhead on the edge, where a walk has left the map.
  function leaving(points, style) {
    const [[x0, y0], [x1, y1]] = points.slice(-2);
    const turn = (Math.atan2(y1 - y0, x1 - x0) * 180) / Math.PI;
    return svg("path", {
      class: "nbk-out",
      style,
      d: "M0 0L-12-6V6z",
      transform: `translate(${x1.toFixed(1)} ${y1.toFixed(1)}) rotate(${turn.toFixed(1)})`,
    });
  }

  function arrowsOf({ walk, lr }, i, seen, wanted) {
    if (seen >= walk.count - 1) return [];
    const from = toPage(walk.place(seen), walk.loss(seen));
    if (!inBox(from, size.width, size.height)) return [];
    const style = `--nbk-own: var(--nbk-${i + 1})`;
    const parts = [];
    const velocity = walk.velocity(seen);
    const scale = walk.scale(seen);
    if (wanted.gradient)
      parts.push(
        arrow(
          from,
          walk.downhill(seen).map((g) => g * lr),
          "downhill",
          style,
        ),
      );
    if (wanted.velocity && velocity.every(Number.isFinite)) parts.push(arrow(from, velocity, "velocity", style));
    if (wanted.scale && scale.every(Number.isFinite)) parts.push(stretch(from, scale, style));
    return parts.filter(Boolean);
  }

  // An arrow of a step in parameters; along a curve it lies flat.
  /** @param {number[]} at @param {number[]} step */
  function arrow(at, step, kind, style) {
    const [x, y] = at;
    const dx = shown.x(step[0]) - shown.x(0);
    const dy = shown.d === 1 ? 0 : shown.y(step[1]) - shown.y(0);
    const long = Math.hypot(dx, dy);
    if (!Number.isFinite(long) || long < 1e-9) return null;
    const length = arrowLength(long / size.width, size.width);
    const [ex, ey] = [x + (dx / long) * length, y + (dy / long) * length];
    const turn = (Math.atan2(dy, dx) * 180) / Math.PI;
    return svg(
      "g",
      { class: `nbk-arrow nbk-${kind}`, style },
      svg("path", {
        d: pathOf([
          [x, y],
          [ex, ey],
        ]),
      }),
      svg("path", {
        class: "nbk-head",
        d: "M0 0L-9-4.5V4.5z",
        transform: `translate(${ex.toFixed(1)} ${ey.toFixed(1)}) rotate(${turn.toFixed(1)})`,
      }),
    );
  }

  // How far a unit of slope would carry in each direction, as an ellipse.
  /** @param {number[]} at @param {number[]} scale */
  function stretch(at, scale, style) {
    const [x, y] = at;
    const most = Math.max(...scale);
    const [rx, ry] = [scale[0], scale[1] ?? 0].map((each) => Math.max((each / most) * 34, 2.5));
    return svg("ellipse", {
      class: "nbk-stretch",
      cx: x.toFixed(1),
      cy: y.toFixed(1),
      rx: rx.toFixed(1),
      ry: ry.toFixed(1),
      style,
    });
  }

  const placeOf = (event) => {
    const at = catcher.getBoundingClientRect();
    const inverse = (share, [low, high]) => low + Math.min(Math.max(share, 0), 1) * (high - low);
    const x = inverse((event.clientX - at.left) / size.width, shown.limits[0]);
    return shown.d === 1 ? [x] : [x, inverse(1 - (event.clientY - at.top) / size.height, shown.limits[1])];
  };
  let dragging = false;
  listen(
    inside,
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      dragging = true;
      inside.setPointerCapture(event.pointerId);
      handle.focus({ preventScroll: true });
      onStart(placeOf(event));
      event.preventDefault();
    },
    signal,
  );
  listen(inside, "pointermove", (event) => dragging && onStart(placeOf(event)), signal);
  for (const type of ["pointerup", "pointercancel"])
    listen(
      inside,
      type,
      () => {
        dragging = false;
      },
      signal,
    );
  listen(
    handle,
    "keydown",
    (event) => {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      onStart(
        null,
        by.map((n) => n * (event.shiftKey ? 0.1 : 0.01)),
      );
    },
    signal,
  );
  return { box, layout, drawGround, drawWalks };
}

export function drawAxes(axes, { limits, names, d }, size, margin) {
  const [xs, ys] = limits;
  const x = linear(xs, [margin.left, margin.left + size.width]);
  const y = linear(ys, [margin.top + size.height, margin.top]);
  const bottom = margin.top + size.height;
  axes.replaceChildren(
    svg("rect", { class: "nbk-edge", x: margin.left, y: margin.top, ...size }),
    ...niceTicks(...xs, Math.max(2, Math.round(size.width / 70))).map((tick) =>
      svg("text", { x: x(tick).toFixed(1), y: bottom + 15, "text-anchor": "middle" }, formatTick(tick)),
    ),
    ...niceTicks(...ys, Math.max(2, Math.round(size.height / 55))).map((tick) =>
      svg("text", { x: margin.left - 6, y: y(tick).toFixed(1), dy: "0.32em", "text-anchor": "end" }, formatTick(tick)),
    ),
    svg("text", { class: "nbk-name", x: margin.left + size.width - 7, y: bottom - 8, "text-anchor": "end" }, names[0]),
    svg("text", { class: "nbk-name", x: margin.left + 8, y: margin.top + 16 }, d === 1 ? "f" : names[1]),
  );
}
