import { listen, node, setAttributes, setText, svg } from "../widget/dom.js";
import { formatShort } from "../widget/number_format.js";
import { paint, putPixels } from "../widget/pixels.js";
import { numbers } from "../widget/traits.js";

const AIR = 0.22; // margin for outlines, relative to the picture's size
const THUMB = 48;

// Pixels invented by the fill mode: tinted, and hatched so as not to rely on colour.
function hatch(canvas, bits, start, height, width) {
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i += 1) {
    const at = start + i;
    if (!((bits[at >> 3] >> (7 - (at & 7))) & 1)) continue;
    const stripe = ((i % width) + Math.floor(i / width)) % 6 < 2;
    image.data.set(stripe ? [255, 255, 255, 200] : [214, 40, 150, 150], 4 * i);
  }
  putPixels(canvas, image);
}

export function gridView(say, signal, { onChosen, onPoint }) {
  const title = node("figcaption");
  const box = node("div", { class: "nbk-grid", role: "group", "aria-label": say("variants") });
  const cards = [];
  function card(i) {
    const [picture, over] = [node("canvas"), node("canvas", { class: "nbk-over" })];
    const name = node("span", { class: "nbk-name" });
    const button = node(
      "button",
      { type: "button", class: "nbk-card" },
      node("span", { class: "nbk-stack" }, picture, over),
      name,
    );
    listen(button, "click", () => onChosen(i), signal);
    for (const type of ["pointerenter", "focus"]) listen(button, type, () => onPoint(i), signal);
    for (const type of ["pointerleave", "blur"]) listen(button, type, () => onPoint(-1), signal);
    return { button, picture, over, name };
  }
  function draw({ n, height, width, channels, pictures, invented, names, mixtures, view, chosen, extremes, range }) {
    while (cards.length < n) cards.push(card(cards.length));
    if (box.children.length !== n) box.replaceChildren(...cards.slice(0, n).map((variant) => variant.button));
    const size = height * width;
    for (let i = 0; i < n; i += 1) {
      const { button, picture, over, name } = cards[i];
      paint(picture, pictures.subarray(i * size * channels, (i + 1) * size * channels), height, width, channels);
      over.hidden = !view.invented;
      if (view.invented) hatch(over, invented, i * size, height, width);
      const text = extremes ? names[i] : names[i].startsWith("seed=") ? names[i] : say("variant", { n: names[i] });
      setText(name, mixtures[i] || text || say("original"));
      setAttributes(button, { "aria-pressed": String(i === chosen), title: mixtures[i] || text });
    }
    setText(title, say("made_of", { n, width, height, low: formatShort(range[0]), high: formatShort(range[1]) }));
  }
  return { title, box, draw };
}

// The original, with a margin for the outlines of its variants.
export function originalView(say) {
  const canvas = node("canvas");
  const lines = svg("g");
  const over = svg("svg", { class: "nbk-outlines", "aria-hidden": "true" }, lines);
  const label = node("span", { class: "nbk-label" });
  const hold = node("div", { class: "nbk-hold", role: "img" }, canvas, over);
  const face = node("div", { class: "nbk-original" }, hold, label);
  function draw({ pixels, size, corners, n, view, strong, label: text }) {
    const [height, width, channels] = size;
    paint(canvas, pixels, height, width, channels);
    const air = AIR * Math.max(height, width);
    const [w, h] = [width + 2 * air, height + 2 * air];
    setAttributes(hold, {
      style: `aspect-ratio: ${w} / ${h}`,
      "aria-label": text ? say("labelled", { label: say("original"), text }) : say("original"),
    });
    setAttributes(canvas, {
      style: `left: ${(100 * air) / w}%; top: ${(100 * air) / h}%; width: ${(100 * width) / w}%`,
    });
    setAttributes(over, { viewBox: `${-0.5 - air} ${-0.5 - air} ${w} ${h}` });
    const all = view.outline ? Array.from({ length: corners.length / 8 }, (_, i) => i) : [];
    const order = all.filter((i) => i < n).sort((a, b) => Number(a === strong) - Number(b === strong));
    lines.replaceChildren(
      ...order.flatMap((i) => {
        const points = corners.subarray(8 * i, 8 * i + 8);
        const kind = i === strong ? "nbk-strong" : "nbk-thin";
        const line = svg("polygon", {
          class: kind,
          "data-variant": i,
          points: Array.from(points, (v) => v.toFixed(2)).join(" "),
          "vector-effect": "non-scaling-stroke",
        });
        return i === strong
          ? [line, svg("circle", { class: "nbk-start", cx: points[0], cy: points[1], r: w / 60 })]
          : [line];
      }),
    );
    setText(label, text ?? "");
    setAttributes(label, { title: text || null });
  }
  return { face, draw };
}

// All selectable pictures, with their class names.
export function stripView(model, say, signal, { onAt }) {
  const box = node("div", { class: "nbk-strip", role: "group", "aria-label": say("choose") });
  let drawn = null;
  function build(labels) {
    const pixels = numbers(model.get("strip"), Uint8Array);
    const size = THUMB * THUMB * 3;
    box.replaceChildren(
      ...labels.map((label, i) => {
        const canvas = node("canvas", { "aria-hidden": "true" });
        paint(canvas, pixels.subarray(i * size, (i + 1) * size), THUMB, THUMB, 3);
        const name = label ? say("labelled", { label: i + 1, text: label }) : `${i + 1}`;
        const button = node(
          "button",
          { type: "button", class: "nbk-thumb", "aria-label": say("picture", { name }), title: label || null },
          canvas,
        );
        listen(button, "click", () => onAt(i), signal);
        return button;
      }),
    );
  }
  function draw() {
    const labels = model.get("labels");
    if (labels !== drawn) build(labels);
    drawn = labels;
    box.hidden = labels.length < 2;
    [...box.children].forEach((button, i) => setAttributes(button, { "aria-pressed": String(i === model.get("at")) }));
  }
  return { box, draw };
}
