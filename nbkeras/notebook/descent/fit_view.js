// The learner's points and the lines that the racers have reached.

import { formatNumber, linear } from "../widget/chart.js";
import { listen, setAttributes, svg } from "../widget/prelude.js";
import { drawAxes } from "./loss_map.js";
import { DASHES, pathOf } from "./walks.js";

export function fitView(say, signal, { onPoints }) {
  const edge = { left: 40, right: 10, top: 8, bottom: 24 };
  const [axes, lines, errors, dots] = ["axes", "fits", "errors", "points"].map((n) => svg("g", { class: `nbk-${n}` }));
  const face = svg(
    "svg",
    { class: "nbk-face nbk-fit", role: "group", "aria-label": say("fit_keys") },
    axes,
    svg("svg", { class: "nbk-inside" }, errors, lines),
    dots,
  );
  const inside = face.querySelector(".nbk-inside");
  let size = { width: 10, height: 10 };
  let frame = null;
  let [points, x, y] = [[], null, null];
  let held = null;

  function layout(width) {
    size = { width, height: Math.round(Math.min(Math.max(width * 0.8, 220), 440)) };
    setAttributes(face, { ...size, viewBox: `0 0 ${size.width} ${size.height}` });
  }

  // The frame stays while points move within it.
  function reach(given) {
    const wide = (values) => {
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const air = (high - low || Math.abs(high) || 1) * 0.15;
      return [low - air, high + air];
    };
    const within = (value, [low, high]) => value >= low && value <= high;
    if (frame && given.every(([a, b]) => within(a, frame[0]) && within(b, frame[1]))) return;
    frame = [wide(given.map((p) => p[0])), wide(given.map((p) => p[1]))];
  }

  function draw({ racers, seen, lead, given }) {
    points = given;
    reach(points);
    const { width, height } = size;
    x = linear(frame[0], [edge.left, width - edge.right]);
    y = linear(frame[1], [height - edge.bottom, edge.top]);
    const inner = { width: width - edge.left - edge.right, height: height - edge.top - edge.bottom };
    drawAxes(axes, { limits: frame, names: ["x", "y"], d: 2 }, inner, edge);
    setAttributes(inside, { width, height });
    const [left, right] = frame[0];
    lines.replaceChildren(
      ...racers.map(({ walk }, i) => {
        const [a, b] = walk.place(Math.min(seen, walk.count - 1));
        const ends = [left, right].map((at) => [x(at), y(a * at + b)]);
        const drawn = ends.flat().every((n) => Number.isFinite(n) && Math.abs(n) < 1e6);
        return svg("path", {
          class: "nbk-walk",
          d: drawn ? pathOf(ends) : "",
          style: `--nbk-own: var(--nbk-${i + 1})`,
          "stroke-dasharray": DASHES[i],
          "data-racer": i,
        });
      }),
    );
    const { walk } = racers[lead];
    const [a, b] = walk.place(Math.min(seen, walk.count - 1));
    errors.replaceChildren(
      ...points.map(([px, py]) => {
        const end = y(a * px + b);
        return svg("path", {
          d:
            Math.abs(end) < 1e5
              ? pathOf([
                  [x(px), y(py)],
                  [x(px), end],
                ])
              : "",
        });
      }),
    );
    drawDots();
  }

  // Dots are kept, so that one that is held or focused stays the same node.
  function drawDots() {
    while (dots.children.length > points.length) dots.lastChild.remove();
    while (dots.children.length < points.length) {
      const dot = svg(
        "g",
        { class: "nbk-point", tabindex: 0, role: "button" },
        svg("circle", { r: 12, class: "nbk-halo" }),
        svg("circle", { r: 5 }),
      );
      dots.append(dot);
      const index = () => [...dots.children].indexOf(dot);
      listen(
        dot,
        "pointerdown",
        (event) => {
          if (event.button !== 0) return;
          held = index();
          face.setPointerCapture(event.pointerId);
          dot.focus({ preventScroll: true });
          event.preventDefault();
          event.stopPropagation();
        },
        signal,
      );
      listen(dot, "keydown", (event) => key(event, index()), signal);
    }
    points.forEach(([px, py], i) =>
      setAttributes(dots.children[i], {
        transform: `translate(${x(px).toFixed(1)} ${y(py).toFixed(1)})`,
        "aria-label": say("point", { n: i + 1, x: formatNumber(px), y: formatNumber(py) }),
      }),
    );
  }

  function key(event, i) {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      if (points.length > 2) onPoints(points.filter((_, k) => k !== i));
    } else if (by) {
      event.preventDefault();
      const reach_ = event.shiftKey ? 0.1 : 0.01;
      onPoints(points.map((p, k) => (k === i ? p.map((v, j) => v + by[j] * reach_ * (frame[j][1] - frame[j][0])) : p)));
    }
  }

  const placeOf = (event) => {
    const at = face.getBoundingClientRect();
    const clamp = (share, [low, high]) => low + Math.min(Math.max(share, 0), 1) * (high - low);
    return [
      clamp((event.clientX - at.left - edge.left) / (size.width - edge.left - edge.right), frame[0]),
      clamp(1 - (event.clientY - at.top - edge.top) / (size.height - edge.top - edge.bottom), frame[1]),
    ].map((n) => Number(n.toPrecision(6)));
  };
  listen(
    face,
    "pointerdown",
    (event) => {
      if (event.button === 0 && points.length < 60) onPoints([...points, placeOf(event)]);
    },
    signal,
  );
  listen(
    face,
    "pointermove",
    (event) => {
      if (held === null) return;
      const to = placeOf(event);
      onPoints(points.map((p, i) => (i === held ? to : p)));
    },
    signal,
  );
  for (const type of ["pointerup", "pointercancel"])
    listen(
      face,
      type,
      () => {
        held = null;
      },
      signal,
    );
  return { face, layout, draw };
}
