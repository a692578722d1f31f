// The inspected layer: its line of code, settings, weights and images of kernels.
import { listen, node, setText, svg } from "../widget/dom.js";

export function inspectLayer(detail, pixels, { say, onClose, signal }) {
  const copy = node("button", { type: "button", class: "nbk-copy" }, say("copy"));
  const code = node("code", {}, detail.code);
  listen(
    copy,
    "click",
    async () => {
      try {
        await navigator.clipboard.writeText(detail.code);
      } catch {
        getSelection().selectAllChildren(code); // without access to the clipboard: select the text
      }
      setText(copy, say("copied"));
    },
    signal,
  );
  const close = node("button", { type: "button", class: "nbk-close" }, say("close"));
  listen(close, "click", onClose, signal);
  let begin = 0;
  const weights = detail.weights.map((weight) => {
    const size = weight.tiles ? weight.tiles.shape.reduce((a, b) => a * b, 4) : 0;
    const part = pixels.subarray(begin, begin + size);
    begin += size;
    return weightCard(weight, part, say);
  });
  return [
    node("div", { class: "nbk-inspector-top" }, node("strong", {}, `${detail.kind} ${detail.name}`), close),
    node("div", { class: "nbk-code" }, code, copy),
    detail.remark ? node("p", { class: "nbk-remark" }, detail.remark) : null,
    node("div", { class: "nbk-weights" }, ...weights),
    detail.settings.length
      ? node("details", {}, node("summary", {}, say("settings")), rowTable(detail.settings))
      : null,
  ].filter(Boolean);
}

export function rowTable(rows) {
  return node(
    "dl",
    { class: "nbk-rows" },
    ...rows.flatMap(([label, text]) => [node("dt", {}, label), node("dd", {}, text)]),
  );
}

function weightCard(weight, pixels, say) {
  return node(
    "div",
    { class: "nbk-weight" },
    node("div", {}, node("strong", {}, weight.name), ` ${weight.shape}`),
    weight.counts.length ? histogram(weight, say) : null,
    weight.spread ? node("div", { class: "nbk-soft" }, weight.spread) : null,
    weight.tiles ? tileCanvas(weight, pixels, say) : null,
  );
}

function histogram({ counts, ends, name, spread }, say) {
  const most = Math.max(...counts);
  const bars = counts.map((count, i) => {
    const tall = (54 * count) / most;
    return svg("rect", { x: 1 + i * 6.5, y: 56 - tall, width: 5.5, height: tall });
  });
  return svg(
    "svg",
    {
      class: "nbk-histogram",
      viewBox: "0 0 210 72",
      role: "img",
      "aria-label": say("labelled", { label: say("histogram", { name }), text: spread }),
    },
    ...bars,
    svg("path", { d: "M0 56.5h210" }),
    svg("text", { x: 0, y: 69 }, ends[0]),
    svg("text", { x: 210, y: 69, "text-anchor": "end" }, ends[1]),
  );
}

// The position of tile number i: in rows of `across`, with one pixel between tiles.
export function tilePlace(i, across, wide, high) {
  return [(i % across) * (wide + 1), Math.floor(i / across) * (high + 1)];
}

function tileCanvas({ tiles, name }, pixels, say) {
  const [n, high, wide] = tiles.shape;
  const scale = Math.max(1, Math.min(8, Math.floor(n > 1 ? 26 / wide : 192 / wide)));
  const across = Math.min(n, Math.max(1, Math.floor(420 / ((wide + 1) * scale))));
  const down = Math.ceil(n / across);
  const size = [across * (wide + 1) - 1, down * (high + 1) - 1];
  const canvas = node("canvas", {
    class: "nbk-tiles",
    width: size[0],
    height: size[1],
    role: "img",
    "aria-label": say("labelled", { label: name, text: tiles.said }),
  });
  canvas.style.width = `${size[0] * scale}px`;
  const pen = canvas.getContext("2d");
  for (let i = 0; i < n; i += 1) {
    const part = pixels.slice(i * high * wide * 4, (i + 1) * high * wide * 4);
    pen.putImageData(new ImageData(new Uint8ClampedArray(part), wide, high), ...tilePlace(i, across, wide, high));
  }
  return node("div", {}, canvas, node("div", { class: "nbk-soft" }, tiles.said));
}
