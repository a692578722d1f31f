// Reads: curve, status, progress, suggestion, lowest, chosen, trouble, words, static_copy.
// Writes: nothing. Sends: stop, use.

import { listen, node, root, setAttributes, setText } from "../widget/dom.js";
import { numbers, speaker, watch } from "../widget/traits.js";
import { rateChart, shortRate } from "./rate_chart.js";

function render({ model, el, kernel }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const box = root(model, el, "lr-finder");
  let at = null; // index of the hovered rate
  let pinned = null; // index of the clicked rate
  const rateToUse = (curve) => (pinned === null ? model.get("suggestion") : rateAt(curve, pinned));

  const head = headBar(say);
  const [reason, chosen, trouble] = ["reason", "chosen", "trouble"].map((name) =>
    node("p", { class: `nbk-${name}`, role: "status" }),
  );
  const chart = rateChart(say, signal, {
    onPoint: (i) => {
      at = i;
      draw();
    },
    onPick: (i) => {
      pinned = i;
      draw();
    },
  });
  box.append(head.bar, head.progress, chart.face, reason, chosen, trouble);
  listen(head.stop, "click", () => model.send({ do: "stop" }), signal);
  listen(head.use, "click", () => model.send({ do: "use", rate: rateToUse(readCurve(model)) }), signal);

  function draw() {
    const curve = readCurve(model);
    const busy = model.get("status") === "searching";
    const [suggestion, set] = [model.get("suggestion"), model.get("chosen")];
    head.draw(model, busy, rateToUse(curve), kernel.isGone());
    setText(reason, busy ? (curve.rates.length ? "" : say("empty")) : reasonText(model, say));
    setText(chosen, set === null ? "" : say("used", { rate: shortRate(set) }));
    setText(trouble, kernel.isGone() ? say("kernel_gone") : model.get("trouble"));
    chart.draw(curve, { suggestion, chosen: set, at: at ?? pinned, pinned, busy });
  }
  const size = new ResizeObserver(() => requestAnimationFrame(() => signal.aborted || draw()));
  size.observe(box);
  signal.addEventListener("abort", () => size.disconnect());
  kernel.onGone(draw);
  watch(model, ["curve", "status", "progress", "suggestion", "lowest", "chosen", "trouble"], draw, signal);
  return () => off.abort();
}

// The columns of the trait: rates, losses, smoothed losses.
function readCurve(model) {
  const columns = [...numbers(model.get("curve"))];
  const n = columns.length / 3;
  return { rates: columns.slice(0, n), losses: columns.slice(n, 2 * n), smooth: columns.slice(2 * n) };
}

const rateAt = ({ rates }, i) => rates[Math.min(i, rates.length - 1)] ?? null;

// Status, progress, and buttons to stop and to use a rate.
function headBar(say) {
  const word = node("span", { class: "nbk-word" });
  const stop = node("button", { type: "button" }, say("stop"));
  const use = node("button", { type: "button", class: "nbk-use" });
  const filled = node("div", { class: "nbk-fill" });
  const range = { "aria-valuemin": 0, "aria-valuemax": 100 };
  const label = { role: "progressbar", "aria-label": say("searching") };
  const progress = node("div", { class: "nbk-bar", ...label, ...range }, filled);
  const bar = node("div", { class: "nbk-top" }, node("strong", {}, say("title")), word, stop, use);
  function draw(model, busy, rate, gone) {
    setText(word, say(model.get("status")));
    stop.hidden = !busy || gone;
    progress.hidden = !busy;
    const percent = Math.round(model.get("progress") * 100);
    setAttributes(progress, { "aria-valuenow": percent });
    filled.style.width = `${percent}%`;
    use.hidden = busy || rate === null || gone;
    if (rate !== null) setText(use, say("use", { rate: shortRate(rate) }));
  }
  return { bar, progress, stop, use, draw };
}

function reasonText(model, say) {
  const suggestion = model.get("suggestion");
  if (suggestion === null) return `${say("flat")} ${say("untouched")}`;
  const values = { rate: shortRate(suggestion), lowest: shortRate(model.get("lowest")) };
  return `${say("suggested", values)} ${say("untouched")}`;
}

export default { render };
