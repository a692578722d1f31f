// The loss surface in 3-D with the paths, drawn on a canvas from back to front, and
// rotated by pointer or keys.

import { clamp } from "../widget/charts/scales.js";
import { listen, node, setAttributes, setText, svg } from "../widget/dom.js";
import { arrowDirection, onDrag } from "../widget/gestures.js";
import { lossAt, lossScale, rampColour } from "./contour_lines.js";
import { mapHeight } from "./contour_map.js";
import { ownColour, runGroup } from "./path_marks.js";
import { DASHES, SHAPES, svgPath, topLast } from "./paths.js";

const TILTS = [8, 88];
const TURN_PER_KEY = [-8, 6]; // degrees of azimuth and of tilt
const TURN_PER_PX = [-0.5, 0.4];
const LIFT = 0.62; // height of the highest point, in widths of the base

// (x, y, z) in 0..1 -> [px, py, depth], filling the page; azimuth and tilt in degrees.
function turntable(azimuth, tilt, width, height) {
  const [a, t] = [(azimuth * Math.PI) / 180, (tilt * Math.PI) / 180];
  const [ca, sa, ct, st] = [Math.cos(a), Math.sin(a), Math.cos(t), Math.sin(t)];
  const bare = (x, y, z) => {
    const [u, v] = [x - 0.5, y - 0.5];
    const deep = u * sa + v * ca;
    return [u * ca - v * sa, -deep * st - z * LIFT * ct, deep * ct - z * LIFT * st];
  };
  const corners = [0, 1].flatMap((x) => [0, 1].flatMap((y) => [0, 1].map((z) => bare(x, y, z))));
  const tall = corners.map((c) => c[1]);
  const [top, bottom] = [Math.min(...tall), Math.max(...tall)];
  // Scale for the widest rotation, so that rotating does not change the size.
  const size = Math.min((width - 16) / Math.SQRT2, (height - 16) / (bottom - top));
  return (x, y, z) => {
    const [across, down, depth] = bare(x, y, z);
    return [width / 2 + across * size, height / 2 + (down - (top + bottom) / 2) * size, depth];
  };
}

// Squares of a coarser grid as {points, depth, height}, the farthest first.
function facets(values, across, place, project, most = 44) {
  const down = values.length / across;
  const every = Math.max(1, Math.round((across - 1) / most));
  const list = [];
  const at = (c, r) => {
    const z = place(values[r * across + c]);
    return Number.isFinite(z) ? [...project(c / (across - 1), r / (down - 1), clamp(z, 0, 1)), z] : null;
  };
  for (let r = 0; r + every < down; r += every) {
    for (let c = 0; c + every < across; c += every) {
      const corners = [at(c, r), at(c + every, r), at(c + every, r + every), at(c, r + every)];
      if (corners.includes(null)) continue;
      list.push({ points: corners, depth: mean(corners, 2), height: mean(corners, 3) });
    }
  }
  return list.sort((a, b) => b.depth - a.depth);
}

const mean = (corners, k) => (corners[0][k] + corners[1][k] + corners[2][k] + corners[3][k]) / 4;

function paintSurface(canvas, { values, across, scale, azimuth, tilt, ratio, ink }) {
  const context = canvas.getContext("2d");
  const [width, height] = [canvas.width / ratio, canvas.height / ratio];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const project = turntable(azimuth, tilt, width, height);
  context.lineWidth = 0.5;
  paintFrame(context, project, ink);
  for (const { points, height: z } of facets(values, across, lossScale(scale), project)) {
    const [r, g, b] = rampColour(z);
    context.beginPath();
    points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
    context.fillStyle = `rgb(${r} ${g} ${b})`;
    context.strokeStyle = `rgb(${r * 0.8} ${g * 0.8} ${b * 0.8})`;
    context.fill();
    context.stroke();
  }
  return project;
}

function paintFrame(context, project, ink) {
  context.strokeStyle = ink;
  context.beginPath();
  [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
    [0, 0],
  ].forEach(([x, y], i) => {
    const [px, py] = project(x, y, 0);
    if (i) context.lineTo(px, py);
    else context.moveTo(px, py);
  });
  context.stroke();
}

export function surface3dView(say, signal, { onTurn }) {
  const labels = { role: "img", tabindex: 0, "aria-label": say("surface_3d_keys") };
  const canvas = node("canvas", { class: "nbk-turn", ...labels });
  const over = svg("svg", { class: "nbk-over", "aria-hidden": "true" });
  const note = node("span", { class: "nbk-note" });
  const box = node("div", { class: "nbk-surface-3d" }, canvas, over, note);
  let [surface, project] = [null, null];
  let angles = { azimuth: 35, tilt: 38 };
  let size = { width: 10, height: 10 };
  const ratio = () => Math.min(window.devicePixelRatio || 1, 2);

  function layout(width) {
    size = { width, height: mapHeight(width) };
    Object.assign(canvas, { width: size.width * ratio(), height: size.height * ratio() });
    Object.assign(canvas.style, { width: `${size.width}px`, height: `${size.height}px` });
    setAttributes(over, { ...size, viewBox: `0 0 ${size.width} ${size.height}` });
  }

  function drawSurface(newSurface, { azimuth, tilt }) {
    surface = newSurface;
    angles = { azimuth, tilt };
    if (surface.d === 1) return;
    const ink = getComputedStyle(box).getPropertyValue("color");
    project = paintSurface(canvas, { ...surface, ...angles, ratio: ratio(), ink });
    canvas.dataset.turned = `${Math.round(azimuth)} ${Math.round(tilt)}`;
    setText(note, surface.scale.bend ? say("log_scale") : "");
  }

  function drawPaths({ runs, step, top, recorded }) {
    if (!surface || surface.d === 1) return;
    const toPixels = (shares, loss) => project(...shares, surfaceHeight(surface, shares, loss));
    const recordedLine = recorded
      .map((place) => sharesOf(place, surface.limits))
      .filter(isInside)
      .map((shares) => toPixels(shares, NaN));
    over.replaceChildren(
      svg("path", { class: "nbk-recorded", d: svgPath(recordedLine) }),
      ...topLast(runs, top).map(([{ path }, i]) => runGroup(i, top, pathOver(path, i, step, surface.limits, toPixels))),
    );
  }

  const turn = (by, up) => {
    const azimuth = (((angles.azimuth + by) % 360) + 360) % 360;
    onTurn({ azimuth, tilt: clamp(angles.tilt + up, ...TILTS) });
  };
  let last = null; // previous pointer position
  const press = (event) => {
    last = event;
  };
  const move = (event) => {
    turn((event.clientX - last.clientX) * TURN_PER_PX[0], (event.clientY - last.clientY) * TURN_PER_PX[1]);
    last = event;
  };
  onDrag(canvas, signal, { press, move });
  const turnByKey = (event) => {
    const direction = arrowDirection(event);
    if (!direction) return;
    event.preventDefault();
    turn(direction[0] * TURN_PER_KEY[0], direction[1] * TURN_PER_KEY[1]);
  };
  listen(canvas, "keydown", turnByKey, signal);
  return { box, layout, drawSurface, drawPaths };
}

// A position as fractions of the limits, 0 to 1 inside.
const sharesOf = (place, limits) => limits.map(([low, high], k) => (place[k] - low) / (high - low));
const isInside = (shares) => shares.every((share) => share >= 0 && share <= 1);

// Height (0 to 1) of a loss, or of the surface if the loss is unknown.
function surfaceHeight({ values, across, scale }, [x, y], loss) {
  const toHeight = lossScale(scale);
  const lossHeight = toHeight(loss);
  const down = values.length / across;
  const surface = () => toHeight(lossAt(values, across, x * (across - 1), y * (down - 1)));
  const height = Number.isFinite(lossHeight) ? lossHeight : surface();
  return Number.isFinite(height) ? clamp(height, 0, 1) : 0;
}

// The line and marker of one path, up to the step or to where it leaves the limits.
function pathOver(path, i, step, limits, toPixels) {
  const points = [];
  for (let row = 0; row <= Math.min(step, path.count - 1); row += 1) {
    const shares = sharesOf(path.place(row), limits);
    if (!isInside(shares)) break;
    points.push(toPixels(shares, path.loss(row)));
  }
  if (!points.length) return [];
  const [style, d] = [ownColour(i), svgPath(points)];
  const [x, y] = points[points.length - 1];
  const transform = `translate(${x.toFixed(1)} ${y.toFixed(1)})`;
  return [
    svg("path", { class: "nbk-path-halo", d }),
    svg("path", { class: "nbk-path", d, style, "stroke-dasharray": DASHES[i] }),
    svg("path", { class: "nbk-mark", d: SHAPES[i], style, transform }),
  ];
}
