// The output (or the unit pointed at) over the plane, with the points; and drawing.

import { paintBytes } from "../widget/charts/colours.js";
import { clamp } from "../widget/charts/scales.js";
import { listen, node, setAttributes, setText } from "../widget/dom.js";
import { arrowDirection, onDrag } from "../widget/gestures.js";
import { formatShort } from "../widget/number_format.js";
import { putPixels } from "../widget/pixels.js";
import { FEATURE_NAMES, inUnits, mapOf, nameOf, outputName } from "./network_state.js";
import { paintPoints, rounded, without } from "./points.js";

const ERASE_REACH = 0.5; // units of the plane
const SPRAY_PX = 9; // least distance between two points of a stroke
const KEY_STEP = 0.25;

export function outputMap(say, signal, { brush, mostPoints, onPoints }) {
  const parts = mapParts();
  const { box, face, canvas, dots, hint, cursor, title, ends, readout } = parts;
  const now = { state: null, points: [], colours: null, view: null, place: null, pointed: null };
  const target = () => now.pointed ?? { column: now.state.sizes.length - 1, row: null };

  function draw(state, points, colours, view, pointed) {
    Object.assign(now, { state, points, colours, view, pointed });
    paint(canvas, state, colours, view, target());
    drawPoints();
    const name = shownName(state, target(), say);
    setText(title, name);
    setAttributes(face, { "aria-label": say("map_of", { name }), "data-draws": state.settings.data === "drawn" });
    setEnds(ends, state.info);
    setText(hint, say("draw_first"));
    hint.hidden = state.settings.data !== "drawn" || points.length > 0;
    moved();
  }
  function drawPoints() {
    const { state, points, colours, view } = now;
    const shown = view.show_test ? points : points.filter(({ isTrain }) => isTrain);
    paintPoints(dots, shown, state.info, colours, { size: face.clientWidth || 300, radius: 3.4 });
  }
  const moved = () => {
    setText(readout, readoutOf(now, target(), say));
    const { place, state } = now;
    cursor.hidden = !place || !face.matches(":focus-visible");
    if (!place) return;
    const { limit } = state.info;
    cursor.style.left = `${(50 * (place[0] + limit)) / limit}%`;
    cursor.style.top = `${(50 * (limit - place[1])) / limit}%`;
  };
  followPointer(face, signal, now, strokeOf(now, brush, mostPoints, onPoints), moved);
  const sizes = new ResizeObserver(() => now.state && drawPoints());
  sizes.observe(face);
  signal.addEventListener("abort", () => sizes.disconnect());
  // Training changes what is under the cursor ten times a second: then it is not read aloud.
  const hush = (isQuiet) => setAttributes(readout, { "aria-live": isQuiet ? "off" : "polite" });
  return { box, draw, hush };
}

function mapParts() {
  const canvas = node("canvas", { class: "nbk-plane", "aria-hidden": "true" });
  const dots = node("canvas", { class: "nbk-dots", "aria-hidden": "true" });
  const cursor = node("span", { class: "nbk-cursor", hidden: true });
  const hint = node("span", { class: "nbk-first", hidden: true });
  const face = node("div", { class: "nbk-map", tabindex: 0, role: "application" }, canvas, dots, hint, cursor);
  const title = node("p", { class: "nbk-map-title" });
  const ends = { x1: node("span", { class: "nbk-axis" }), x2: node("span", { class: "nbk-axis nbk-axis-up" }) };
  const readout = node("p", { class: "nbk-readout", role: "status" });
  const frame = node("div", { class: "nbk-frame" }, ends.x2, face, ends.x1);
  const box = node("div", { class: "nbk-output-map" }, title, frame, readout);
  return { box, face, canvas, dots, hint, cursor, title, ends, readout };
}

// The pointer and the keys move the cursor, and draw if the data is drawn by hand.
function followPointer(face, signal, now, stroke, moved) {
  const placeOf = (event) => {
    const { left, top, width, height } = face.getBoundingClientRect();
    const { limit } = now.state.info;
    const share = [(event.clientX - left) / width, (event.clientY - top) / height].map((n) => clamp(n, 0, 1));
    return [(2 * share[0] - 1) * limit, (1 - 2 * share[1]) * limit];
  };
  const follow = (place) => {
    now.place = place;
    moved();
  };
  listen(face, "pointermove", (event) => follow(placeOf(event)), signal);
  listen(face, "pointerleave", () => follow(null), signal);
  for (const type of ["focus", "blur"]) listen(face, type, moved, signal);
  onDrag(face, signal, {
    press: (event) => {
      if (now.state.settings.data !== "drawn") return false;
      event.preventDefault();
      face.focus({ preventScroll: true });
      stroke.begin(placeOf(event), event);
      return true;
    },
    move: (event) => stroke.move(placeOf(event), event),
  });
  listen(face, "keydown", (event) => byKey(event, now, stroke, moved), signal);
}

// A stroke of the mouse adds points of the brush's class, or erases.
function strokeOf(now, brush, mostPoints, onPoints) {
  let last = null;
  const points = () => now.state.settings.points;
  const apply = (place) => {
    const [x1, x2] = rounded(place);
    if (brush.erases) onPoints(without(points(), place, ERASE_REACH));
    else if (points().length < mostPoints) onPoints([...points(), [x1, x2, brush.value]]);
  };
  return {
    begin: (place, event) => {
      last = [event.clientX, event.clientY];
      apply(place);
    },
    move: (place, event) => {
      const here = [event.clientX, event.clientY];
      if (Math.hypot(here[0] - last[0], here[1] - last[1]) < SPRAY_PX) return;
      last = here;
      apply(place);
    },
    at: apply,
    eraseAt: (place) => onPoints(without(points(), place, ERASE_REACH)),
  };
}

// Arrow keys move the cursor; Enter and Space draw, Delete and Backspace erase.
function byKey(event, now, stroke, moved) {
  const direction = arrowDirection(event);
  const draws = now.state.settings.data === "drawn";
  const { limit } = now.state.info;
  now.place ??= [0, 0];
  if (direction) {
    const step = KEY_STEP * (event.shiftKey ? 4 : 1);
    now.place = now.place.map((value, k) => clamp(value + direction[k] * step, -limit, limit));
  } else if (draws && ["Enter", " "].includes(event.key)) stroke.at(now.place);
  else if (draws && ["Delete", "Backspace"].includes(event.key)) stroke.eraseAt(now.place);
  else return;
  event.preventDefault();
  moved();
}

const isWhole = (state, { column, row }) => column === state.sizes.length - 1 && row === null;

function shownName(state, target, say) {
  if (isWhole(state, target)) return say("output");
  const row = target.column === 0 ? state.settings.features.indexOf(state.names[target.row]) : target.row;
  if (target.column === 0 && row < 0) return say("features");
  return nameOf(state, target.column, row, say);
}

function paint(canvas, state, colours, view, target) {
  const { info, output } = state;
  if (!isWhole(state, target)) {
    const { bytes } = mapOf(state, target.column, target.row);
    if (bytes.length) paintBytes(canvas, bytes, info.side, info.side, view.discretize ? colours.signs : colours.signed);
    return;
  }
  const side = info.output_side;
  if (info.kind !== "classes") paintBytes(canvas, output, side, side, view.discretize ? colours.signs : colours.signed);
  else paintClasses(canvas, output, info, colours, view.discretize);
}

// The colour of the winning class, paler where it is less certain.
function paintClasses(canvas, output, { output_side: side, names }, { classes, zero }, isSharp) {
  const image = new ImageData(side, side);
  const count = side * side;
  for (let i = 0; i < count; i += 1) {
    const { rgb } = classes[output[i] % classes.length];
    const certain = (output[count + i] / 255 - 1 / names.length) / (1 - 1 / names.length);
    const share = isSharp ? 1 : clamp(certain, 0, 1);
    for (let k = 0; k < 3; k += 1) image.data[4 * i + k] = zero[k] + share * (rgb[k] - zero[k]);
    image.data[4 * i + 3] = 255;
  }
  putPixels(canvas, image);
}

function setEnds(ends, info) {
  const corners = [-1, 1].map((sign) => inUnits(info, [sign * info.limit, sign * info.limit]));
  ["x1", "x2"].forEach((key, k) => {
    const [low, high] = corners.map((corner) => formatShort(corner[k]));
    const parts = ends[key].children.length
      ? ends[key].children
      : [0, 1, 2].map(() => ends[key].appendChild(node("span")));
    [low, info.axes[k], high].forEach((text, i) => setText(parts[i], FEATURE_NAMES[text] ?? text));
  });
}

// What is at the cursor, in words.
function readoutOf({ state, place }, target, say) {
  if (!place || !state) return "";
  const { info } = state;
  const [x1, x2] = inUnits(info, place).map((value) => formatShort(Number(value.toPrecision(3))));
  const pixel = (side) => {
    const [across, up] = place.map((value) =>
      Math.min(side - 1, Math.floor(((value + info.limit) / (2 * info.limit)) * side)),
    );
    return (side - 1 - up) * side + across;
  };
  const number = (byte, top) => ((byte - 128) / 127) * top;
  const shown = (value) => value.toFixed(2).replace("-", "−");
  if (!isWhole(state, target)) {
    const { bytes, top } = mapOf(state, target.column, target.row);
    if (!bytes.length || Number.isNaN(top)) return say("cursor", { x1, x2 });
    const isOutput = target.column === state.sizes.length - 1;
    const value = number(bytes[pixel(info.side)], top);
    const answer = isOutput && info.kind !== "regression" ? (value + 1) / 2 : value;
    return say("value_at", { name: shownName(state, target, say), x1, x2, value: shown(answer) });
  }
  const at = pixel(info.output_side);
  if (info.kind === "regression")
    return say("value_at", {
      name: outputName(state, 0, say),
      x1,
      x2,
      value: shown(number(state.output[at], info.top)),
    });
  if (info.kind === "binary") {
    const p = (number(state.output[at], 1) + 1) / 2;
    const name = info.names[p > 0.5 ? 1 : 0];
    return say("probability_at", { x1, x2, name: classText(name, say), value: shown(Math.max(p, 1 - p)) });
  }
  const probability = state.output[info.output_side ** 2 + at] / 255;
  return say("probability_at", {
    x1,
    x2,
    name: classText(info.names[state.output[at]], say),
    value: shown(probability),
  });
}

// Numbers need the word "class" before them.
export const classText = (name, say) => (/^-?[\d.]+$/.test(name) ? say("class_n", { n: name }) : name);
