// The losses as numbers and as curves; the legend; which points and colours are shown.

import { extent, linear, linePath, unpack } from "../widget/charts/scales.js";
import { listen, node, setAttributes, setText, svg } from "../widget/dom.js";
import { numbers } from "../widget/traits.js";
import { classText } from "./output_map.js";

const SIZE = { width: 300, height: 64 };

export function lossPanel(model, say, signal, onView) {
  const terms = ["train", "test"].map((name) => lossTerm(name, say));
  const list = node("div", { class: "nbk-losses" }, ...terms.map(({ box }) => box));
  const paths = { train: svg("path", { class: "nbk-train" }), test: svg("path", { class: "nbk-test" }) };
  const face = svg(
    "svg",
    { class: "nbk-curve", role: "img", viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, preserveAspectRatio: "none" },
    paths.test,
    paths.train,
  );
  const legend = node("div", { class: "nbk-legend" });
  const ticks = ["show_test", "discretize"].map((name) => {
    const box = node("input", { type: "checkbox" });
    listen(box, "change", () => onView({ [name]: box.checked }), signal);
    return { name, box, label: node("label", { class: "nbk-tick" }, box, say(name)) };
  });
  const options = node("div", { class: "nbk-ticks" }, ...ticks.map(({ label }) => label));
  const box = node("div", { class: "nbk-loss-panel" }, legend, list, face, options);

  function draw() {
    const [train, test, trainRight, testRight] = numbers(model.get("losses"));
    terms[0].draw(train, trainRight);
    terms[1].draw(test, testRight);
    const curve = unpack(model.get("curve"), ["train", "test"]);
    const curves = ["train", "test"].map((name) => ({ x: curve.x, y: curve[name] }));
    const steps = [0, Math.max(curve.x.at(-1) ?? 1, 1)];
    const [, high] = extent(curves, steps, false);
    const [x, y] = [linear(steps, [1, SIZE.width - 1]), linear([0, high], [SIZE.height - 2, 2])];
    ["train", "test"].forEach((name, i) => setAttributes(paths[name], { d: linePath(curves[i], x, y) }));
    setAttributes(face, { "aria-label": say("curve", { train: lossText(train), test: lossText(test) }) });
    const view = model.get("view");
    for (const { name, box: tick } of ticks) tick.checked = Boolean(view[name]);
  }
  function drawLegend() {
    const info = model.get("info");
    const isNumber = info.kind === "regression";
    const top = String(Number(info.top.toPrecision(3)));
    const entries = isNumber
      ? [node("span", {}, `−${top}`), node("i", { class: "nbk-ramp" }), node("span", {}, top)]
      : info.names.map((name, i) =>
          node("span", { class: "nbk-entry" }, node("i", { class: `nbk-swatch nbk-class-${i}` }), classText(name, say)),
        );
    legend.replaceChildren(...entries);
  }
  return { box, draw, drawLegend };
}

function lossTerm(name, say) {
  const value = node("strong");
  const right = node("span", { class: "nbk-hint" });
  const sample = svg(
    "svg",
    { width: 20, height: 8, "aria-hidden": "true" },
    svg("path", { class: `nbk-${name}`, d: "M1 4H19" }),
  );
  const box = node(
    "div",
    { class: "nbk-loss" },
    node("span", { class: "nbk-term" }, sample, say(`${name}_loss`)),
    value,
    right,
  );
  return {
    box,
    draw: (loss, accuracy) => {
      setText(value, lossText(loss));
      const percent = `${(100 * accuracy).toFixed(1)} %`;
      setText(right, Number.isFinite(accuracy) ? say("accuracy", { value: percent }) : "");
    },
  };
}

// A loss with three decimals; none without rows.
export const lossText = (value) => (Number.isFinite(value) ? value.toFixed(3) : Number.isNaN(value) ? "–" : "∞");
