// A model's drawing as SVG: blocks, connections and frames, laid out by Python.
import { setAttributes, svg } from "../widget/dom.js";

const SLANT_FACES = (x, y, [w, h, d]) =>
  `M${x} ${y}l${d} ${-d}h${w}l${-d} ${d}zM${x + w} ${y}l${d} ${-d}v${h}l${-d} ${d}z`;

// Of more blocks, only those near the visible part are drawn.
const ALL_DRAWN = 120;

// Replace the content of `face`; `dashed` is for connections, `shown` says which part of a
// large drawing is visible, and `always` which of its blocks are drawn anyway. Clicks use
// data-key. Returns the part that is drawn, or null where all is.
export function drawBlocks(face, drawing, facts, { dashed, say, shown, always }) {
  setAttributes(face, { viewBox: `0 0 ${drawing.width} ${drawing.height}` });
  const part = drawing.blocks.length > ALL_DRAWN ? around(shown) : null;
  const isNear = (box) => !part || overlap(box, part);
  face.replaceChildren(
    ...drawing.frames.filter(({ box }) => isNear(box)).map((frame) => drawFrame(frame, say)),
    ...drawing.ways.filter((way) => !part || isNear(boxOf(way))).map((way) => drawWay(way, dashed)),
    ...drawing.blocks
      .filter(({ box, key }) => isNear(box) || always.includes(key))
      .map((block) => drawBlock(block, facts[block.key], say)),
  );
  return part;
}

// A part of a drawing with as much again on each side.
function around({ left, top, right, bottom }) {
  const [w, h] = [right - left, bottom - top];
  return { left: left - w, top: top - h, right: right + w, bottom: bottom + h };
}

const overlap = ([x, y, w, h], { left, top, right, bottom }) =>
  x <= right && x + w >= left && y <= bottom && y + h >= top;

// Whether a part of a drawing is within the one that is drawn.
export const isWithin = (shown, part) =>
  shown.left >= part.left && shown.right <= part.right && shown.top >= part.top && shown.bottom <= part.bottom;

// The box around a connection, from the points of its path.
const boxes = new WeakMap();
function boxOf(way) {
  if (!boxes.has(way)) {
    const points = way.line.match(/-?[\d.]+/g).map(Number);
    const [xs, ys] = [0, 1].map((axis) => points.filter((_, i) => i % 2 === axis));
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    boxes.set(way, [x, y, Math.max(...xs) - x, Math.max(...ys) - y]);
  }
  return boxes.get(way);
}

// Mark the chosen block, and the one that Tab reaches, of those that are drawn.
export function markBlocks(face, { chosen, current }) {
  for (const block of face.querySelectorAll("[data-key]")) {
    const { key } = block.dataset;
    const isChosen = key === chosen;
    block.classList.toggle("nbk-chosen", isChosen);
    setAttributes(block, { tabindex: key === current ? 0 : -1 });
    if (!block.hasAttribute("aria-expanded")) setAttributes(block, { "aria-pressed": String(isChosen) });
  }
}

function drawBlock(block, said, say) {
  const [wide, high, deep] = block.size;
  const [tx, ty, anchor] = block.text;
  const parts = block.cards.flatMap(([x, y]) => [
    deep ? svg("path", { class: "nbk-side", d: SLANT_FACES(x, y, block.size) }) : null,
    svg("rect", { class: "nbk-front", x, y, width: wide, height: high, rx: 1.5 }),
  ]);
  const lines = block.labels.map(([text, role], i) =>
    svg("text", { class: `nbk-text nbk-text-${role}`, x: tx, y: ty + 14 * i, "text-anchor": anchor }, text),
  );
  // Block and text form one target without gaps.
  const [left, top, width, height] = block.box;
  const ring = svg("rect", { class: "nbk-ring", x: left - 4, y: top - 4, width: width + 8, height: height + 8, rx: 5 });
  return svg(
    "g",
    {
      class: `nbk-block nbk-is-${said.family}`,
      role: "button",
      "data-key": block.key,
      "aria-label": said.opens ? [said.spoken, say("unfold")].join(say("full_stop") + say("gap")) : said.spoken,
      "aria-expanded": said.opens ? "false" : null,
    },
    ring,
    ...parts,
    ...lines,
  );
}

function drawWay(way, dashed) {
  const [x, y] = way.middle;
  const cross = way.broken ? svg("path", { class: "nbk-cross", d: `M${x - 5} ${y - 5}l10 10m0 -10l-10 10` }) : null;
  return svg(
    "g",
    { class: `nbk-way${way.broken ? " nbk-broken" : ""}` },
    svg("path", { class: `nbk-line${dashed ? " nbk-dashed" : ""}`, d: way.line }),
    svg("path", { class: "nbk-head", d: way.head }),
    cross,
  );
}

function drawFrame(frame, say) {
  const [x, y, width, height] = frame.box;
  const name = frame.title;
  return svg(
    "g",
    {},
    svg("rect", { class: "nbk-frame", x, y, width, height, rx: 8 }),
    svg(
      "g",
      {
        class: "nbk-folder",
        role: "button",
        tabindex: 0,
        "data-frame": frame.key,
        "aria-expanded": "true",
        "aria-label": `${say("fold")} ${name}`,
      },
      svg("rect", {
        class: "nbk-grip",
        x: x + 1,
        y: y + 1,
        width: Math.max(60, 30 + 7 * name.length),
        height: 18,
        rx: 7,
      }),
      svg("text", { class: "nbk-text", x: x + 8, y: y + 14 }, `▾ ${name}`),
    ),
  );
}
