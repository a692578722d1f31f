// The loss map: loss values as colours and contour lines, with paths and a draggable
// start. With one parameter it is a curve of the loss instead.

import { clamp, linear, niceTicks } from "../widget/charts/scales.js";
import { listen, node, setAttributes, svg } from "../widget/dom.js";
import { arrowDirection, onDrag } from "../widget/gestures.js";
import { formatTick } from "../widget/number_format.js";
import { contourLine, lossLevels, paintLosses } from "./contour_lines.js";
import { arrowParts, pathParts, runGroup } from "./path_marks.js";
import { mapFrame, placeAt, svgPath, topLast, visible } from "./paths.js";

const MARGIN = { left: 44, right: 10, top: 8, bottom: 24 };
const LINES = 12; // contour lines
const CANVAS_SHARE = 0.75; // canvas pixels per screen pixel
export const AIR = 0.06; // margin above and below a curve

export const mapHeight = (width) => Math.round(clamp(width * 0.8, 220, 440));

export function lossMapView(say, signal, { onStart, describe }) {
  const parts = mapParts();
  const { face, inside, lowest, paths, arrows, handle, axes } = parts;
  let frame = null;
  let size = { width: 10, height: 10 };

  function layout(width) {
    const height = mapHeight(width);
    size = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    setAttributes(face, { width, height, viewBox: `0 0 ${width} ${height}` });
    setAttributes(inside, { x: MARGIN.left, y: MARGIN.top, ...size });
    placeCanvas(parts.colours, size);
  }

  // Parts that depend only on the loss surface: colours, lines, axes.
  function drawSurface(surface) {
    frame = mapFrame(surface, size);
    setAttributes(face, { "aria-label": say(surface.d === 1 ? "curve" : "map") });
    drawLosses(parts, surface, frame);
    const height = surface.d === 1 ? surface.scale.low : 0;
    const minima = surface.lowest.map((place) => crossAt(frame.toPixels(place, height)));
    lowest.replaceChildren(...minima);
    drawAxes(axes, surface, size, MARGIN);
  }

  // Parts that change with every step.
  function drawPaths({ runs, step, arrows: shownArrows, selected, top, start, startLoss, recorded }) {
    const pixels = recorded.map((place) => frame.toPixels(place, 0));
    const recordedLine = svgPath(visible(pixels, size.width, size.height).inside);
    paths.replaceChildren(
      svg("path", { class: "nbk-recorded", d: recordedLine }),
      ...topLast(runs, top).map(([{ path }, i]) =>
        runGroup(i, top, pathParts(path, i, { step, frame, isSelected: i === selected })),
      ),
    );
    arrows.replaceChildren(
      ...topLast(runs, top).map(([run, i]) => runGroup(i, top, arrowParts(run, i, { step, frame, shownArrows }))),
    );
    const [x, y] = frame.toPixels(start, startLoss);
    const at = [clamp(x, 0, size.width), clamp(Number.isFinite(y) ? y : 0, 0, size.height)];
    setAttributes(handle, {
      transform: `translate(${at.map((n) => n.toFixed(1))})`,
      "aria-label": say("start_at", { place: describe(start) }),
    });
  }

  const putStart = (event) => {
    const { left, top } = parts.catcher.getBoundingClientRect();
    onStart(placeAt(frame, (event.clientX - left) / size.width, 1 - (event.clientY - top) / size.height));
  };
  const press = (event) => {
    handle.focus({ preventScroll: true });
    putStart(event);
    event.preventDefault();
  };
  onDrag(inside, signal, { press, move: putStart });
  const moveByKey = (event) => {
    const direction = arrowDirection(event);
    if (!direction) return;
    event.preventDefault();
    const share = event.shiftKey ? 0.1 : 0.01;
    onStart(
      null,
      direction.map((n) => n * share),
    );
  };
  listen(handle, "keydown", moveByKey, signal);
  return { box: parts.box, layout, drawSurface, drawPaths };
}

// The layered nodes of the map.
function mapParts() {
  const colours = node("canvas", { class: "nbk-base", "aria-hidden": "true" });
  const lines = svg("path", { class: "nbk-isolines" });
  const curve = svg("path", { class: "nbk-curve" });
  const [lowest, paths, arrows] = [svg("g"), svg("g"), svg("g", { class: "nbk-arrows" })];
  const handle = svg(
    "g",
    { class: "nbk-handle", tabindex: 0, role: "button" },
    svg("circle", { r: 13, class: "nbk-halo" }),
    svg("circle", { r: 6.5 }),
  );
  const catcher = svg("rect", { class: "nbk-catch", width: "100%", height: "100%" });
  const inside = svg("svg", { class: "nbk-inside" }, catcher, lines, curve, lowest, handle, paths, arrows);
  const axes = svg("g", { class: "nbk-axes" });
  const face = svg("svg", { class: "nbk-face", role: "group" }, axes, inside);
  const box = node("div", { class: "nbk-loss-map" }, colours, face);
  return { box, colours, face, inside, catcher, lines, curve, lowest, paths, arrows, handle, axes };
}

function placeCanvas(canvas, { width, height }) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2) * CANVAS_SHARE;
  Object.assign(canvas.style, {
    left: `${MARGIN.left}px`,
    top: `${MARGIN.top}px`,
    width: `${width}px`,
    height: `${height}px`,
  });
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
}

function drawLosses({ colours, lines, curve }, surface, frame) {
  const { values, across } = surface;
  colours.hidden = surface.d === 1;
  if (surface.d === 2) {
    paintLosses(colours, values, across, surface.scale);
    setAttributes(lines, { d: contours(surface, frame) });
    setAttributes(curve, { d: "" });
    return;
  }
  const points = Array.from(values, (loss, i) => [(i / (across - 1)) * frame.width, frame.y(loss)]);
  setAttributes(curve, { d: svgPath(points.filter(([, y]) => Number.isFinite(y))) });
  setAttributes(lines, { d: "" });
}

function contours({ values, across, scale }, { width, height }) {
  const down = values.length / across;
  const x = (column) => (column * width) / (across - 1);
  const y = (row) => height - (row * height) / (down - 1);
  const segments = lossLevels(scale, LINES).flatMap((level) => contourLine(values, across, level));
  const ends = segments.map(([x0, y0, x1, y1]) => [
    [x(x0), y(y0)],
    [x(x1), y(y1)],
  ]);
  return ends.map(svgPath).join("");
}

function crossAt(at) {
  return svg("path", { class: "nbk-lowest", d: "M-5-5L5 5M-5 5L5-5", transform: `translate(${at})` });
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
