// Linear regression: the user's points, and the current line of each run.

import { linear } from "../widget/charts/scales.js";
import { listen, setAttributes, svg } from "../widget/dom.js";
import { arrowDirection, onDrag } from "../widget/gestures.js";
import { formatShort } from "../widget/number_format.js";
import { drawAxes, mapHeight } from "./contour_map.js";
import { ownColour, runGroup } from "./path_marks.js";
import { DASHES, placeAt, svgPath, topLast } from "./paths.js";

const MARGIN = { left: 40, right: 10, top: 8, bottom: 24 };
const POINTS_MOST = 60;
const DRAWN_MOST_PX = 1e5; // lines with ends farther away are not drawn

export function fitView(say, signal, { onPoints }) {
  const [axes, lines, errors, dots] = ["axes", "fits", "errors", "points"].map((n) => svg("g", { class: `nbk-${n}` }));
  const inside = svg("svg", { class: "nbk-inside" }, errors, lines);
  const labels = { role: "group", "aria-label": say("fit_keys") };
  const face = svg("svg", { class: "nbk-face nbk-fit", ...labels }, axes, inside, dots);
  let size = { width: 10, height: 10 };
  let limits = null;
  let points = [];
  let dragged = -1; // index of the dragged point

  function layout(width) {
    size = { width, height: mapHeight(width) };
    setAttributes(face, { ...size, viewBox: `0 0 ${size.width} ${size.height}` });
  }

  function draw({ runs, step, selected, top, points: all }) {
    points = all;
    limits = limitsOf(points, limits);
    const x = linear(limits[0], [MARGIN.left, size.width - MARGIN.right]);
    const y = linear(limits[1], [size.height - MARGIN.bottom, MARGIN.top]);
    drawAxes(axes, { limits, names: ["x", "y"], d: 2 }, innerSize(size), MARGIN);
    const inner = innerSize(size);
    const clear = { x: MARGIN.left, y: MARGIN.top, ...inner };
    setAttributes(inside, { ...clear, viewBox: `${clear.x} ${clear.y} ${inner.width} ${inner.height}` });
    const fits = runs.map(({ path }) => path.place(Math.min(step, path.count - 1)));
    const lineOf = ([fit, i]) => runGroup(i, top, [fittedLine(fit, i, limits[0], x, y)]);
    lines.replaceChildren(...topLast(fits, top).map(lineOf));
    errors.replaceChildren(...points.map((point) => errorLine(point, fits[selected], x, y)));
    drawDots(x, y);
  }

  // Reuse dots, so that a dragged or focused one stays the same node.
  function drawDots(x, y) {
    while (dots.children.length > points.length) dots.lastChild.remove();
    while (dots.children.length < points.length) dots.append(newDot());
    points.forEach(([px, py], i) =>
      setAttributes(dots.children[i], {
        transform: `translate(${x(px).toFixed(1)} ${y(py).toFixed(1)})`,
        "aria-label": say("point", { n: i + 1, x: formatShort(px), y: formatShort(py) }),
      }),
    );
  }

  function newDot() {
    const dot = pointDot();
    listen(dot, "keydown", (event) => changeByKey(event, [...dots.children].indexOf(dot)), signal);
    return dot;
  }

  function changeByKey(event, i) {
    const direction = arrowDirection(event);
    const removes = event.key === "Delete" || event.key === "Backspace";
    if (!direction && !removes) return;
    event.preventDefault();
    if (removes && points.length > 2) onPoints(points.toSpliced(i, 1));
    if (direction) onPoints(points.with(i, movedBy(points[i], direction, event.shiftKey ? 0.1 : 0.01, limits)));
  }

  const placeOf = (event) => {
    const { left, top } = face.getBoundingClientRect();
    const { width, height } = innerSize(size);
    const [right, down] = [(event.clientX - left - MARGIN.left) / width, (event.clientY - top - MARGIN.top) / height];
    return placeAt({ d: 2, limits }, right, 1 - down).map((n) => Number(n.toPrecision(6)));
  };
  // Pressing on a dot starts to drag it; elsewhere it adds a point.
  const press = (event) => {
    const dot = event.target.closest(".nbk-point");
    if (!dot) {
      if (points.length < POINTS_MOST) onPoints([...points, placeOf(event)]);
      return false;
    }
    dragged = [...dots.children].indexOf(dot);
    dot.focus({ preventScroll: true });
    event.preventDefault();
    return true;
  };
  const move = (event) => {
    if (dragged < points.length) onPoints(points.with(dragged, placeOf(event)));
  };
  onDrag(face, signal, { press, move });
  return { face, layout, draw };
}

const innerSize = ({ width, height }) => ({
  width: width - MARGIN.left - MARGIN.right,
  height: height - MARGIN.top - MARGIN.bottom,
});

function pointDot() {
  const circles = [svg("circle", { r: 12, class: "nbk-halo" }), svg("circle", { r: 5 })];
  return svg("g", { class: "nbk-point", tabindex: 0, role: "button" }, ...circles);
}

// Limits of the plot: the current ones as long as all points lie within them.
export function limitsOf(points, present) {
  const columns = [0, 1].map((k) => points.map((point) => point[k]));
  const fits = present?.every(([low, high], k) => columns[k].every((value) => value >= low && value <= high));
  if (fits) return present;
  return columns.map((values) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const air = (high - low || Math.abs(high) || 1) * 0.15;
    return [low - air, high + air];
  });
}

// A point moved in a direction by a fraction of the plot's width and height.
export function movedBy(point, direction, share, limits) {
  return point.map((value, k) => value + direction[k] * share * (limits[k][1] - limits[k][0]));
}

function fittedLine([a, b], i, [left, right], x, y) {
  const ends = [left, right].map((at) => [x(at), y(a * at + b)]);
  const isDrawn = ends.flat().every((n) => Number.isFinite(n) && Math.abs(n) < 10 * DRAWN_MOST_PX);
  return svg("path", {
    class: "nbk-path",
    d: isDrawn ? svgPath(ends) : "",
    style: ownColour(i),
    "stroke-dasharray": DASHES[i],
    "data-run": i,
  });
}

function errorLine([px, py], [a, b], x, y) {
  const from = [x(px), y(py)];
  const to = [x(px), y(a * px + b)];
  return svg("path", { d: Math.abs(to[1]) < DRAWN_MOST_PX ? svgPath([from, to]) : "" });
}
