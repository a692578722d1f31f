// A model's drawing as SVG: blocks, connections and frames, laid out by Python.
import { setAttributes, svg } from "../widget/dom.js";

const SLANT_FACES = (x, y, [w, h, d]) =>
  `M${x} ${y}l${d} ${-d}h${w}l${-d} ${d}zM${x + w} ${y}l${d} ${-d}v${h}l${-d} ${d}z`;

// drawBlocks(face, drawing, facts, options) replaces the content of `face`.
// Options: dashed connections, and the chosen and current block. Clicks use data-key.
export function drawBlocks(face, drawing, facts, { dashed, chosen, current, say }) {
  setAttributes(face, { viewBox: `0 0 ${drawing.width} ${drawing.height}` });
  face.replaceChildren(
    ...drawing.frames.map((frame) => drawFrame(frame, say)),
    ...drawing.ways.map((way) => drawWay(way, dashed)),
    ...drawing.blocks.map((block) => drawBlock(block, facts[block.key], { chosen, current, say })),
  );
}

function drawBlock(block, said, { chosen, current, say }) {
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
      class: `nbk-block nbk-is-${said.family}${chosen === block.key ? " nbk-chosen" : ""}`,
      role: "button",
      tabindex: current === block.key ? 0 : -1,
      "data-key": block.key,
      "aria-label": said.opens ? [said.spoken, say("unfold")].join(say("full_stop") + say("gap")) : said.spoken,
      "aria-expanded": said.opens ? "false" : null,
      "aria-pressed": said.opens ? null : String(chosen === block.key),
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
