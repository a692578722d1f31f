// One card per method: the map over the picture, its curves, and a verdict.

import { node, setAttributes, setText, svg } from "../widget/dom.js";
import { formatNumber } from "../widget/number_format.js";
import { paint, paintHeat } from "../widget/pixels.js";
import { numbers } from "../widget/traits.js";

const [WIDE, HIGH] = [120, 44]; // size of a curve in pixels
const MARKS = { faithful: "✓", partly: "◐", "no better than random": "✗", empty: "∅" };

export function mapCards(model, say) {
  const box = node("div", { class: "nbk-cards", role: "group", "aria-label": say("maps") });
  const cards = model.get("methods").map((method) => card(method, model, say));
  box.append(...cards.map((mapCard) => mapCard.box));
  function draw() {
    const finished = model.get("cards");
    const [height, width] = model.get("heat_shape");
    const heats = numbers(model.get("heats"), Uint8Array);
    const curves = numbers(model.get("curves"));
    const random = numbers(model.get("random_curves"));
    const steps = random.length / 4;
    cards.forEach((mapCard, i) => {
      const size = height * width;
      const part = finished[i]?.curves ? curves.subarray(i * 2 * steps, (i + 1) * 2 * steps) : null;
      const heat = finished[i] ? heats.subarray(i * size, (i + 1) * size) : null;
      mapCard.draw({ state: finished[i], heat, height, width, curves: part, random, steps });
    });
  }
  return { box, draw };
}

function card(method, model, say) {
  const [picture, over] = [node("canvas"), node("canvas", { class: "nbk-over" })];
  const stack = node("div", { class: "nbk-stack", role: "img" }, picture, over);
  const badge = node("span", { class: "nbk-badge" });
  const [deletion, insertion] = ["deletion", "insertion"].map((kind) => curveView(kind, say));
  const sanity = node("p", { class: "nbk-fact", title: say("random_weights_help") });
  const flag = node("p", { class: "nbk-flag" });
  const help = say(`help_${method}`);
  const about = node("p", { class: "nbk-help" }, help);
  const box = node(
    "section",
    { class: "nbk-card", "aria-label": say(method) },
    node("h4", { title: help }, say(method)),
    stack,
    badge,
    deletion.box,
    insertion.box,
    sanity,
    flag,
    about,
  );
  if (method === "grad_cam" && model.get("layer"))
    about.append(" · ", node("code", {}, say("at_layer", { name: model.get("layer") })));
  function draw({ state, heat, height, width, curves, random, steps }) {
    const [rows, columns, channels] = model.get("picture_shape");
    if (rows) paint(picture, numbers(model.get("picture"), Uint8Array), rows, columns, channels);
    over.hidden = !heat;
    if (heat) paintHeat(over, heat, height, width, model.get("view").strength);
    setAttributes(stack, { "aria-label": say("labelled", { label: say(method), text: help }) });
    box.classList.toggle("nbk-waiting", !state);
    const verdict = state?.verdict ?? "";
    setText(badge, state ? (verdict ? `${MARKS[verdict]} ${say(verdict)}` : "") : say("pending"));
    setAttributes(badge, {
      title: verdict ? say(`help_${verdict}`) : null,
      "data-verdict": verdict.replaceAll(" ", "-") || null,
    });
    deletion.draw(curves?.subarray(0, steps), random.subarray(0, 2 * steps), state?.deletion);
    insertion.draw(curves?.subarray(steps, 2 * steps), random.subarray(2 * steps, 4 * steps), state?.insertion);
    const hasSanity = state && state.sanity !== null;
    setText(sanity, hasSanity ? say("labelled", { label: say("random_weights"), text: shortShare(state.sanity) }) : "");
    setText(flag, state?.insensitive ? `⚠ ${say("insensitive")}` : "");
  }
  return { box, draw };
}

// Confidence by fraction of pixels, over the band of random orders.
function curveView(kind, say) {
  const band = svg("path", { class: "nbk-band" });
  const line = svg("path", { class: `nbk-line nbk-${kind}` });
  const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", preserveAspectRatio: "none" }, band, line);
  const text = node("span", { class: "nbk-area" });
  const head = node("div", { class: "nbk-head" }, node("span", {}, say(kind)), text);
  const box = node("div", { class: "nbk-curve" }, head, picture);
  function draw(curve, random, area) {
    box.hidden = !curve?.length;
    if (!curve?.length) return;
    const steps = curve.length;
    const [low, high] = extent([...curve, ...random]);
    const x = (i) => ((i / (steps - 1)) * WIDE).toFixed(1);
    const y = (value) => (HIGH - 2 - ((value - low) / (high - low)) * (HIGH - 4)).toFixed(1);
    const points = (values) => Array.from(values, (value, i) => `${x(i)} ${y(value)}`);
    const [least, most] = [random.subarray(0, steps), random.subarray(steps, 2 * steps)];
    setAttributes(line, { d: `M${points(curve).join("L")}` });
    setAttributes(band, { d: `M${points(most).join("L")}L${points(least).reverse().join("L")}Z` });
    const value = shortShare(area);
    const ends = { first: formatNumber(curve[0]), last: formatNumber(curve[steps - 1]) };
    setAttributes(picture, { "aria-label": say("curve_text", { what: say(kind), ...ends, value }) });
    setText(text, `${value} ${kind === "deletion" ? "↓" : "↑"}`);
    setAttributes(text, { title: say(`${kind}_area`, { value }) });
  }
  return { box, draw };
}

// Areas and correlations are shown with three decimals.
const shortShare = (value) => formatNumber(Math.abs(value) < 10 ? Number(value.toFixed(3)) : value);

// 0 to 1 for probabilities, else the range of the values.
export function extent(values) {
  const [low, high] = [Math.min(0, ...values), Math.max(...values)];
  if (low === 0 && high <= 1) return [0, 1];
  return high > low ? [low, high] : [low, low + 1];
}
