// The reliability diagram, the feature map and the residuals.

import { niceTicks } from "../widget/charts/scales.js";
import { listen, node, setAttributes, setText, svg } from "../widget/dom.js";
import { indexAfterKey } from "../widget/gestures.js";
import { formatNumber } from "../widget/number_format.js";
import { numbers } from "../widget/traits.js";

const SIDE = 300;
const EDGE = 34;
const NEAR_PX = 14; // largest distance of a click from a point
const COLORS = 8;
// Classes beyond the colours have another shape: 24 can be told apart.
const SHAPES = [
  (x, y) => svg("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 3.2 }),
  (x, y) => svg("rect", { x: (x - 2.9).toFixed(1), y: (y - 2.9).toFixed(1), width: 5.8, height: 5.8 }),
  (x, y) => svg("path", { d: `M${x.toFixed(1)} ${(y - 4).toFixed(1)}l4 6.9h-8z` }),
];
const shapeOf = (number) => Math.floor(number / COLORS) % SHAPES.length;

export const percent = (value) => (value === null || value === undefined ? "–" : `${(100 * value).toFixed(1)} %`);

export function reliabilityView(model, say) {
  const bins = model.get("bins");
  const x = (value) => EDGE + value * (SIDE - EDGE - 8);
  const y = (value) => SIDE - EDGE - value * (SIDE - EDGE - 8);
  const bars = bins.map((bin, i) => {
    const right = bin.accuracy ?? 0;
    const wide = x(1 / bins.length) - x(0) - 3;
    return svg(
      "rect",
      { class: "nbk-column", x: x(i / bins.length) + 1.5, y: y(right), width: wide, height: y(0) - y(right) },
      svg("title", {}, binText(bin)),
    );
  });
  const marks = bins
    .filter((bin) => bin.count)
    .map((bin) => svg("circle", { class: "nbk-dot", cx: x(bin.confidence), cy: y(bin.accuracy), r: 3.5 }));
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${SIDE} ${SIDE}`, class: "nbk-diagram", role: "img", "aria-label": say("reliability") },
    ...axes([0, 1], [0, 1], x, y),
    ...bars,
    svg("path", { class: "nbk-diagonal", d: `M${x(0)} ${y(0)}L${x(1)} ${y(1)}` }),
    ...marks,
  );
  function binText(bin) {
    return say("bin", { n: bin.count, confidence: percent(bin.confidence), accuracy: percent(bin.accuracy) });
  }
  const lines = bins.filter((bin) => bin.count).map((bin) => node("li", {}, binText(bin)));
  const list = node("ul", { class: "nbk-lines" }, ...lines);
  const ece = node("p", {}, say("labelled", { label: say("ece"), text: model.get("summary").ece.toFixed(4) }));
  const text = node("div", {}, ece, node("p", { class: "nbk-hint" }, say("calibration_help")), list);
  return { box: node("div", { class: "nbk-beside" }, picture, text), draw: () => {} };
}

function axes(xs, ys, x, y) {
  const lines = niceTicks(ys[0], ys[1], 4).map((tick) =>
    svg("path", { class: "nbk-grid", d: `M${x(xs[0])} ${y(tick)}H${x(xs[1])}` }),
  );
  const beside = niceTicks(ys[0], ys[1], 4).map((tick) =>
    svg("text", { x: EDGE - 5, y: y(tick) + 4, "text-anchor": "end" }, formatNumberShort(tick)),
  );
  const below = niceTicks(xs[0], xs[1], 4).map((tick) =>
    svg("text", { x: x(tick), y: SIDE - EDGE + 16, "text-anchor": "middle" }, formatNumberShort(tick)),
  );
  return [...lines, ...beside, ...below];
}

const formatNumberShort = (value) => String(Number(value.toPrecision(4))).replace("-", "−");

// A scatter plot whose points are selected by mouse or keys.
function pointsView(signal, { label, pointText, onRow, isSquare }) {
  const [under, group, ring] = [svg("g"), svg("g"), svg("circle", { class: "nbk-ring", r: 7 })];
  const picture = svg(
    "svg",
    {
      viewBox: `0 0 ${SIDE} ${SIDE}`,
      class: "nbk-diagram nbk-points",
      role: "slider",
      tabindex: 0,
      "aria-label": label,
    },
    under,
    group,
    ring,
  );
  picture.setAttribute("data-lm-suppress-shortcuts", "true");
  let state = { places: [], rows: [] };
  const choose = (index) => onRow(state.rows[index]);
  const nearest = (event) => {
    const area = picture.getBoundingClientRect();
    const scale = SIDE / area.width;
    const [x, y] = [(event.clientX - area.left) * scale, (event.clientY - area.top) * scale];
    let [best, least] = [-1, (NEAR_PX * scale) ** 2];
    state.places.forEach(([px, py], i) => {
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < least) [best, least] = [i, distance];
    });
    return best;
  };
  listen(picture, "click", (event) => nearest(event) >= 0 && choose(nearest(event)), signal);
  listen(
    picture,
    "keydown",
    (event) => {
      const order = state.order;
      const next = indexAfterKey(event.key, Math.max(0, order.indexOf(state.chosen)), order.length - 1);
      if (next === null || !order.length) return;
      event.preventDefault();
      choose(order[next]);
    },
    signal,
  );
  function draw({ points, rows, classOf, shapeNumber = (_) => 0, row }) {
    const [xs, ys] = [0, 1].map((axis) => range(points, axis));
    if (isSquare) xs[0] = ys[0] = Math.min(xs[0], ys[0]);
    if (isSquare) xs[1] = ys[1] = Math.max(xs[1], ys[1]);
    const room = isSquare ? EDGE : 10;
    const scale = (value, ends) => (value - ends[0]) / (ends[1] - ends[0] || 1);
    const x = (value) => room + scale(value, xs) * (SIDE - room - 10);
    const y = (value) => SIDE - room - scale(value, ys) * (SIDE - room - 10);
    const places = Array.from({ length: points.length / 2 }, (_, i) => [x(points[2 * i]), y(points[2 * i + 1])]);
    const order = places.map((_, i) => i).sort((a, b) => places[a][0] - places[b][0]);
    const chosen = rows.indexOf(row);
    state = { places, rows, order, chosen };
    const dots = places.map(([cx, cy], i) => {
      const dot = SHAPES[shapeNumber(i)](cx, cy);
      dot.setAttribute("class", classOf(i));
      return dot;
    });
    under.replaceChildren(
      ...(isSquare
        ? [
            ...axes(xs, ys, x, y),
            svg("path", { class: "nbk-diagonal", d: `M${x(xs[0])} ${y(ys[0])}L${x(xs[1])} ${y(ys[1])}` }),
          ]
        : []),
    );
    group.replaceChildren(...dots);
    ring.style.display = chosen < 0 ? "none" : "";
    if (chosen >= 0) setAttributes(ring, { cx: places[chosen][0], cy: places[chosen][1] });
    setAttributes(picture, {
      "aria-valuemin": 0,
      "aria-valuemax": Math.max(0, places.length - 1),
      "aria-valuenow": Math.max(0, order.indexOf(chosen)),
      "aria-valuetext": chosen < 0 ? "–" : pointText(chosen),
    });
  }
  return { picture, draw };
}

function range(points, axis) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = axis; i < points.length; i += 2) {
    low = Math.min(low, points[i]);
    high = Math.max(high, points[i]);
  }
  return low <= high ? [low, high] : [0, 1];
}

export function featureView(model, say, signal, { kernel, onRow, onProjection }) {
  const names = model.get("class_names");
  const buttons = ["pca", "tsne"].map((name) => {
    const button = node("button", { type: "button" }, say(name));
    listen(button, "click", () => onProjection(name), signal);
    return { name, button };
  });
  buttons[1].button.disabled = !model.get("can_tsne");
  if (!model.get("can_tsne")) setAttributes(buttons[1].button, { title: say("no_tsne") });
  const group = { class: "nbk-modes", role: "group", "aria-label": say("projection") };
  const modes = node("div", group, ...buttons.map((mode) => mode.button));
  const classes = () => numbers(model.get("point_classes"), Int16Array);
  const pointText = (i) =>
    say("point", { name: numbers(model.get("point_rows"), Int32Array)[i], label: names[classes()[2 * i]] });
  const plane = pointsView(signal, { label: say("feature_map"), pointText, onRow, isSquare: false });
  const state = node("span", { class: "nbk-hint", role: "status" });
  const hint = node("p", { class: "nbk-hint" });
  const about = node("p", { class: "nbk-hint" });
  const legend = node("ul", { class: "nbk-legend" });
  legend.append(
    ...names
      .slice(0, COLORS * SHAPES.length)
      .map((name, i) =>
        node("li", { title: name }, node("i", { class: `nbk-c${i % COLORS}`, "data-shape": shapeOf(i) }), name),
      ),
  );
  const side = node("div", {}, node("div", { class: "nbk-line" }, modes, state), hint, about, legend);
  const box = node("div", { class: "nbk-beside" }, plane.picture, side);
  function draw() {
    const points = numbers(model.get("points"));
    const pairs = classes();
    const rows = [...numbers(model.get("point_rows"), Int32Array)];
    const classOf = (i) =>
      `nbk-point nbk-c${pairs[2 * i] % COLORS}${pairs[2 * i] === pairs[2 * i + 1] ? "" : " nbk-wrong"}`;
    plane.draw({ points, rows, classOf, shapeNumber: (i) => shapeOf(pairs[2 * i]), row: model.get("view").row });
    for (const { name, button } of buttons)
      setAttributes(button, { "aria-pressed": String(model.get("projection") === name) });
    setText(state, model.get("busy") ? say("computing") : "");
    const layer = model.get("layer");
    const isMissing = kernel.isGone() && !points.length; // it is computed when it is first opened
    setAttributes(plane.picture, { hidden: isMissing });
    setText(hint, isMissing ? say("kernel_gone") : layer ? say("feature_help", { layer }) : say("no_features"));
    const shares = model.get("shares").map(percent);
    const isPca = model.get("projection") === "pca";
    setText(
      about,
      !isPca ? say("tsne_help") : shares.length ? say("shares", { first: shares[0], second: shares[1] }) : "",
    );
  }
  return { box, draw };
}

export function residualView(model, say, signal, { onRow }) {
  const pointText = (i) => {
    const dots = numbers(model.get("dots"));
    return say("target_line", { target: formatNumber(dots[2 * i]), prediction: formatNumber(dots[2 * i + 1]) });
  };
  const plane = pointsView(signal, { label: say("dots"), pointText, onRow, isSquare: true });
  const { counts, edges } = model.get("histogram");
  const most = Math.max(1, ...counts);
  const wide = SIDE / counts.length;
  const range = (i) => `${formatNumber(edges[i])} – ${formatNumber(edges[i + 1])}`;
  const bars = counts.map((count, i) => {
    const high = (count / most) * 90;
    return svg(
      "rect",
      { class: "nbk-column", x: i * wide + 1, y: 100 - high, width: wide - 2, height: high },
      svg("title", {}, say("labelled", { label: range(i), text: count })),
    );
  });
  const text = say("histogram", { low: formatNumber(edges[0]), high: formatNumber(edges[edges.length - 1]) });
  const histogram = svg(
    "svg",
    { viewBox: `0 0 ${SIDE} 104`, class: "nbk-diagram", role: "img", "aria-label": text },
    ...bars,
  );
  const side = node("div", {}, histogram, node("p", { class: "nbk-hint" }, text));
  const dots = node("figure", {}, node("figcaption", { class: "nbk-hint" }, say("dots")), plane.picture);
  function draw() {
    plane.draw({
      points: numbers(model.get("dots")),
      rows: [...numbers(model.get("dot_rows"), Int32Array)],
      classOf: () => "nbk-point nbk-c0",
      row: model.get("view").row,
    });
  }
  return { box: node("div", { class: "nbk-beside" }, dots, side), draw };
}
