// One chart: axes, curves, a cursor that follows the pointer or the arrow keys, zoom by
// dragging. It keeps no data; `draw` is given all there is to show.

import { formatTick, linear, linePath, logarithmic, logTicks, nearest, niceTicks } from "../widget/chart.js";
import { listen, setAttributes, setText, svg } from "../widget/prelude.js";

const EDGE = { left: 46, right: 12, top: 8, bottom: 22 };
const DOT_PX = 11; // closer than this, dots would hide the line

export function plot(signal, { label, onCursor, onZoom }) {
  const part = (name, tag = "path") => svg(tag, { class: `nbk-${name}` });
  const grid = part("grid", "g");
  const [moves, raw, soft, train, val, now] = ["moves", "raw", "soft", "train", "val", "now"].map((n) => part(n));
  const [trainDots, valDots] = ["train-dots", "val-dots"].map((n) => part(n));
  const band = part("band", "rect");
  const cursor = svg("g", { class: "nbk-cursor" }, part("cursor-line", "line"), part("train-dots"), part("val-dots"));
  const [flag, empty] = [part("flag", "text"), part("empty", "text")];
  const face = svg("svg", {
    class: "nbk-face",
    role: "slider",
    tabindex: 0,
    "aria-label": label,
    "aria-orientation": "horizontal",
  });
  // A nested svg clips what is drawn beyond the zoomed range.
  const stage = svg("svg", {}, moves, raw, soft, train, val, trainDots, valDots, now);
  face.append(grid, stage, band, cursor, flag, empty);
  let [shown, scaleX, scaleY, dragFrom] = [null, null, null, null];

  function draw(data) {
    shown = data;
    const { width, height } = data;
    const inner = [EDGE.left, width - EDGE.right];
    scaleX = linear(data.range, inner);
    scaleY = (data.log ? logarithmic : linear)(data.extent, [height - EDGE.bottom, EDGE.top]);
    setAttributes(face, { width, height, viewBox: `0 0 ${width} ${height}` });
    const clear = { x: EDGE.left - 4, y: 0, width: inner[1] - inner[0] + 8, height };
    setAttributes(stage, { ...clear, viewBox: `${clear.x} 0 ${clear.width} ${height}` });
    axes(grid, data, scaleX, scaleY);
    setAttributes(moves, {
      d: data.moves
        .filter((x) => x >= data.range[0] && x <= data.range[1])
        .map((x) => `M${scaleX(x).toFixed(1)} ${EDGE.top}V${height - EDGE.bottom}`)
        .join(""),
    });
    const line = (curve) => linePath(clip(curve, data.range, 1), scaleX, scaleY);
    setAttributes(raw, { d: line(data.raw), class: data.soft ? "nbk-raw nbk-faint" : "nbk-raw" });
    setAttributes(soft, { d: data.soft ? line(data.soft) : "" });
    setAttributes(train, { d: line(data.train) });
    setAttributes(val, { d: line(data.val) });
    const dots = (curve) => {
      const seen = clip(curve, data.range);
      const taken = scaleX(seen.x.at(-1)) - scaleX(seen.x[0]);
      return seen.x.length > 1 && taken / (seen.x.length - 1) < DOT_PX ? lastOf(seen) : seen;
    };
    setAttributes(trainDots, { d: marks(dots(data.train), disc) });
    setAttributes(valDots, { d: marks(dots(data.val), diamond) });
    const live = data.raw.x.at(-1) > (data.train.x.at(-1) ?? 0);
    setAttributes(now, { d: live ? marks(clip(lastOf(data.soft ?? data.raw), data.range), disc) : "" });
    setText(empty, data.empty);
    setAttributes(empty, { x: (inner[0] + inner[1]) / 2, y: height / 2 - 4 });
    point(data.cursor);
  }

  function marks(curve, shape) {
    return curve.x
      .map((x, i) => {
        const y = scaleY(curve.y[i]);
        return Number.isFinite(y) ? shape(scaleX(x), y) : "";
      })
      .join("");
  }

  // Put the cursor at x (in steps), or take it away.
  function point(x) {
    const here = x !== null && shown && x >= shown.range[0] && x <= shown.range[1];
    setAttributes(cursor, { display: here ? null : "none" });
    setAttributes(flag, { display: here ? null : "none" });
    const [from, to] = shown.range;
    setAttributes(face, {
      "aria-valuemin": Math.round(from),
      "aria-valuemax": Math.round(to),
      "aria-valuenow": Math.round(here ? x : shown.newest),
      "aria-valuetext": shown.spoken,
    });
    if (!here) return;
    const at = scaleX(x).toFixed(1);
    const [rule, a, b] = cursor.children;
    setAttributes(rule, { x1: at, x2: at, y1: EDGE.top, y2: shown.height - EDGE.bottom });
    const follow = shown.soft ?? (shown.raw.x.length ? shown.raw : shown.train);
    setAttributes(a, { d: marks(one(follow, x), disc) });
    setAttributes(b, { d: marks(one(shown.val, x), diamond) });
    setText(flag, shown.flag);
    const room = shown.flag.length * 3.4 + 4;
    setAttributes(flag, {
      x: Math.min(Math.max(Number(at), EDGE.left + room), shown.width - EDGE.right - room),
      y: shown.height - 7,
    });
  }

  const toStep = (event) => {
    const box = face.getBoundingClientRect();
    const [from, to] = shown.range;
    const along = (event.clientX - box.left - EDGE.left) / (box.width - EDGE.left - EDGE.right);
    return from + Math.min(Math.max(along, 0), 1) * (to - from);
  };
  const select = (a, b) => {
    const [x0, x1] = [scaleX(Math.min(a, b)), scaleX(Math.max(a, b))];
    setAttributes(band, {
      x: x0,
      width: x1 - x0,
      y: EDGE.top,
      height: shown.height - EDGE.top - EDGE.bottom,
      display: null,
    });
  };
  setAttributes(band, { display: "none" });
  listen(
    face,
    "pointermove",
    (event) => {
      onCursor(toStep(event));
      if (dragFrom !== null) select(dragFrom, toStep(event));
    },
    signal,
  );
  listen(
    face,
    "pointerdown",
    (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      dragFrom = toStep(event);
      face.setPointerCapture(event.pointerId);
    },
    signal,
  );
  listen(
    face,
    "pointerup",
    (event) => {
      if (dragFrom === null) return;
      const to = toStep(event);
      const far = Math.abs(scaleX(to) - scaleX(dragFrom)) > 8;
      if (far) onZoom([Math.min(dragFrom, to), Math.max(dragFrom, to)]);
      dragFrom = null;
      setAttributes(band, { display: "none" });
    },
    signal,
  );
  for (const type of ["pointerleave", "pointercancel", "blur"]) {
    listen(
      face,
      type,
      () => {
        dragFrom = null;
        setAttributes(band, { display: "none" });
        onCursor(null);
      },
      signal,
    );
  }
  listen(face, "dblclick", () => onZoom(null), signal);
  listen(
    face,
    "keydown",
    (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const done = keys(event.key, shown, onCursor, onZoom);
      if (done) event.preventDefault();
    },
    signal,
  );
  return { face, draw };
}

// Arrow keys move the cursor from value to value, + and - zoom, Escape and 0 reset.
function keys(key, shown, onCursor, onZoom) {
  const [from, to] = shown.range;
  const xs = (shown.raw.x.length ? shown.raw : shown.train).x.filter((x) => x >= from && x <= to);
  const at = shown.cursor === null ? xs.length - 1 : nearest(xs, shown.cursor);
  const jump = {
    ArrowLeft: at - 1,
    ArrowDown: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at + 1,
    PageDown: at - 10,
    PageUp: at + 10,
    Home: 0,
    End: xs.length - 1,
  }[key];
  if (jump !== undefined) {
    if (xs.length) onCursor(xs[Math.min(Math.max(jump, 0), xs.length - 1)]);
    return true;
  }
  const middle = shown.cursor ?? (from + to) / 2;
  const factor = { "+": 0.5, "=": 0.5, "-": 2 }[key];
  if (factor) {
    const half = ((to - from) * factor) / 2;
    const [low, high] = shown.full;
    const wide = half * 2 >= high - low;
    onZoom(wide ? null : [Math.max(low, middle - half), Math.min(high, middle + half)]);
    return true;
  }
  if (key === "0" || (key === "Escape" && shown.zoomed)) {
    onZoom(null);
    return true;
  }
  return false;
}

function axes(grid, data, scaleX, scaleY) {
  const {
    width,
    height,
    extent: [low, high],
  } = data;
  const count = Math.max(2, Math.round((height - EDGE.top - EDGE.bottom) / 34));
  const ys = data.empty ? [] : data.log ? logTicks(low, high, count) : niceTicks(low, high, count);
  const xs = data.empty ? [] : data.ticks(Math.max(2, Math.round((width - EDGE.left) / 80)));
  const lines = ys.map((tick) => {
    const y = scaleY(tick).toFixed(1);
    return svg(
      "g",
      {},
      svg("line", { x1: EDGE.left, x2: width - EDGE.right, y1: y, y2: y }),
      svg("text", { x: EDGE.left - 7, y, dy: "0.32em", "text-anchor": "end" }, formatTick(tick)),
    );
  });
  const marks = xs.map(([x, text]) => {
    const at = Math.min(scaleX(x), width - EDGE.right - 2);
    return svg("text", { x: at.toFixed(1), y: height - 7, "text-anchor": "middle" }, text);
  });
  grid.replaceChildren(
    ...lines,
    svg("line", {
      class: "nbk-base",
      x1: EDGE.left,
      x2: width - EDGE.right,
      y1: height - EDGE.bottom,
      y2: height - EDGE.bottom,
    }),
    ...marks,
  );
}

// The visible part of a curve, with so many points beyond each edge, for lines.
function clip({ x, y }, [from, to], beyond = 0) {
  const after = x.findIndex((each) => each >= from);
  const first = Math.max((after < 0 ? x.length : after) - beyond, 0);
  const last = x.findLastIndex((each) => each <= to) + beyond;
  return { x: x.slice(first, last + 1), y: y.slice(first, last + 1) };
}

function one(curve, x) {
  const i = nearest(curve.x, x);
  return i < 0 ? { x: [], y: [] } : { x: [curve.x[i]], y: [curve.y[i]] };
}

const lastOf = ({ x, y }) => ({ x: x.slice(-1), y: y.slice(-1) });
export const disc = (x, y) => `M${(x - 2.6).toFixed(1)} ${y.toFixed(1)}a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0`;
export const diamond = (x, y) => `M${x.toFixed(1)} ${(y - 3.8).toFixed(1)}l3.8 3.8l-3.8 3.8l-3.8-3.8z`;
