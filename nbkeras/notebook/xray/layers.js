// The layers of one step: findings as sentences, then one row per layer. Used by xray and
// the dashboard. `look` includes its own texts, so that other widgets need not load them.

import { clamp } from "../widget/charts/scales.js";
import { node, setAttributes, svg } from "../widget/dom.js";
import { formatNumber, formatTick } from "../widget/number_format.js";
import { fill } from "../widget/traits.js";

// Ends of the logarithmic tracks, and the usual range.
const GRADIENT = { low: 1e-8, high: 1e2 };
const RATIO = { low: 1e-7, high: 1, usual: [1e-4, 1e-2] };
const [TRACK_PX, CHART_PX, CHART_HIGH] = [110, 96, 26];
const NOTABLE = 0.005; // smaller fractions are not mentioned

// The position of a value on a logarithmic track, 0 to 1.
export const placeOn = (value, { low, high }) =>
  clamp((Math.log10(Math.max(value, 1e-30)) - Math.log10(low)) / (Math.log10(high) - Math.log10(low)), 0, 1);

// 0.4567 -> "46 %", 0.00123 -> "0.12 %".
export function percent(share) {
  const value = share * 100;
  return `${value >= 10 || value === 0 ? value.toFixed(0) : String(Number(value.toPrecision(2)))} %`;
}

export function layerTable() {
  const step = node("p", { class: "nbk-step" });
  const findings = node("ul", { class: "nbk-findings" });
  const place = node("div", { class: "nbk-layers" });
  const more = node("p", { class: "nbk-more" });
  const box = node("div", { class: "nbk-look" }, step, findings, place, more);
  let key = "";
  function draw(look) {
    if (!look?.layers || JSON.stringify(look) === key) return;
    key = JSON.stringify(look);
    const say = (name, values = {}) => fill(look.words[name] ?? name, values);
    const values = { rows: look.rows, loss: formatNumber(look.loss), rate: look.rate };
    step.textContent = say(look.rate === null ? "step_no_rate" : "step", values);
    findings.replaceChildren(...findingRows(look));
    const region = { tabindex: 0, role: "region", "aria-label": say("table") };
    setAttributes(place, { ...region, "data-lm-suppress-shortcuts": "true" });
    const at = [place.scrollTop, place.scrollLeft];
    place.replaceChildren(look.layers.length ? tableOf(look, say) : node("p", {}, say("no_layers")));
    [place.scrollTop, place.scrollLeft] = at;
    more.textContent = look.more > 0 ? say("more", { n: look.more }) : "";
  }
  return { box, draw };
}

function findingRows(look) {
  if (!look.findings.length) return [node("li", { "data-kind": "healthy" }, look.healthy)];
  return look.findings.map(({ kind, text }) => {
    const end = text.search(/[.。:：] ?/) + 1; // the finding, followed by advice
    const head = end > 0 && end < text.length ? end : text.length;
    return node("li", { "data-kind": kind }, node("b", {}, text.slice(0, head)), text.slice(head));
  });
}

function tableOf(look, say) {
  const heads = ["layer", "outputs", "gradients", "updates"].map((name) => node("th", { scope: "col" }, say(name)));
  heads[3].append(node("span", { class: "nbk-usual" }, say("usual")));
  const affected = new Set(look.findings.flatMap(({ layers }) => layers));
  return node(
    "table",
    {},
    node("thead", {}, node("tr", {}, ...heads)),
    node("tbody", {}, ...look.layers.map((layer) => layerRow(layer, affected.has(layer.name), say))),
  );
}

function layerRow(layer, isFound, say) {
  const kind = layer.activation ? `${layer.kind} · ${layer.activation}` : layer.kind;
  const { weights } = layer;
  const cells = weights
    ? [track(weights.gradient, GRADIENT), track(weights.ratio, RATIO)]
    : [node("span", { class: "nbk-none" }, say(layer.frozen ? "is_frozen" : "no_weights")), "–"];
  return node(
    "tr",
    { "data-found": String(isFound) },
    node(
      "th",
      { scope: "row" },
      node("span", { class: "nbk-layer" }, layer.name),
      node("span", { class: "nbk-kind" }, kind),
    ),
    node("td", {}, node("div", { class: "nbk-outputs" }, chart(layer.output, say), marks(layer, say))),
    ...cells.map((cell) => node("td", {}, cell)),
  );
}

// Notable properties of a layer, as short labels.
function marks(layer, say) {
  const { output } = layer;
  const labels = [];
  if (!layer.finite) labels.push(["bad", say("is_not_finite")]);
  if (output?.dead > NOTABLE) labels.push(["bad", say("is_dead", { share: percent(output.dead) })]);
  if (output?.saturated > NOTABLE) labels.push(["warn", say("is_saturated", { share: percent(output.saturated) })]);
  if (output?.zeros > NOTABLE && !(output.dead > 0.99))
    labels.push(["soft", say("is_zero", { share: percent(output.zeros) })]);
  return node("span", { class: "nbk-marks" }, ...labels.map(([how, text]) => node("span", { "data-how": how }, text)));
}

// A histogram of a layer's values, with the positions of zero and of both ends.
function chart(output, say) {
  if (!output || output.low === null) return node("span", { class: "nbk-none" }, "–");
  const top = Math.max(...output.counts, 1);
  const wide = CHART_PX / output.counts.length;
  const bars = output.counts.map((count, i) => {
    const high = count ? Math.max(1, (count / top) ** 0.5 * CHART_HIGH) : 0; // roots, to show small counts
    return `M${(i * wide).toFixed(1)} ${CHART_HIGH}v${(-high).toFixed(1)}h${(wide - 0.6).toFixed(1)}V${CHART_HIGH}z`;
  });
  const ends = { low: formatNumber(output.low), high: formatNumber(output.high) };
  const label = say("histogram", { ...ends, mean: formatNumber(output.mean) });
  const zero = (-output.low / (output.high - output.low || 1)) * CHART_PX;
  const face = svg(
    "svg",
    { class: "nbk-histogram", width: CHART_PX, height: CHART_HIGH + 1, role: "img", "aria-label": label },
    svg("path", { class: "nbk-bars", d: bars.join("") }),
    output.low < 0 && output.high > 0
      ? svg("path", { class: "nbk-zero", d: `M${zero.toFixed(1)} 0V${CHART_HIGH}` })
      : null,
    svg("path", { class: "nbk-base", d: `M0 ${CHART_HIGH + 0.5}H${CHART_PX}` }),
  );
  const text = say("range", {
    low: formatTick(Number(output.low.toPrecision(2))),
    high: formatTick(Number(output.high.toPrecision(2))),
  });
  return node("span", { class: "nbk-chart" }, face, node("span", { class: "nbk-ends" }, text));
}

// A number, and its position on a logarithmic track.
function track(value, scale) {
  const dot = value > 0 ? svg("circle", { cx: (placeOn(value, scale) * TRACK_PX).toFixed(1), cy: 8, r: 4.5 }) : null;
  const band = scale.usual?.map((end) => placeOn(end, scale) * TRACK_PX);
  const face = svg(
    "svg",
    { class: "nbk-track", width: TRACK_PX, height: 16, viewBox: `-5 0 ${TRACK_PX + 10} 16`, "aria-hidden": "true" },
    band ? svg("rect", { x: band[0], y: 1, width: band[1] - band[0], height: 14, rx: 3 }) : null,
    svg("path", { d: `M0 8H${TRACK_PX}` }),
    dot,
  );
  if (dot && band) dot.setAttribute("data-usual", String(value >= scale.usual[0] / 10 && value <= scale.usual[1] * 10));
  const text = value === null ? "–" : value === 0 ? "0" : formatShort(value);
  return node("span", { class: "nbk-number" }, face, node("span", {}, text));
}

// Two significant digits: 0.0012, 3.1e−7.
const formatShort = (value) => {
  const short = Number(value.toPrecision(2));
  return (short && (short < 1e-3 || short >= 1e4) ? short.toExponential() : String(short))
    .replace("e+", "e")
    .replace("-", "−");
};
