// Time travel: a slider over the kept epochs, past outputs for one example, going back.
// A run without kept weights, such as a recording, shows its values as of an epoch.

import { nearest, unpack } from "../widget/charts/scales.js";
import { freshId, listen, node, setAttributes, setDisabled, setText } from "../widget/dom.js";
import { formatNumber } from "../widget/number_format.js";
import { epochsToShow } from "./chart_grid.js";
import { pastViews } from "./past_views.js";
import { isActive } from "./run_states.js";

const ASK_EVERY_MS = 150; // shortest interval of requests while the slider moves

export function timeTravel(model, say, signal, { kernel, local, redraw, change }) {
  let chosen = null; // the selected epoch, null for the newest
  let row = 0;
  const id = freshId("then");
  const slider = node("input", { id, type: "range", class: "nbk-slider", min: 0, step: 1 });
  // The slider says the same: a live region would say it twice.
  const where = node("output", { class: "nbk-then-where", for: id, "aria-live": "off" });
  const back = node("button", { type: "button", class: "nbk-go-back" }, say("go_back"));
  const note = node("p", { class: "nbk-then-note", "aria-live": "polite" });
  const code = node("code", { class: "nbk-then-code" });
  const answer = exampleBox(say, signal, kernel, (by) => {
    row += by;
    ask();
  });
  const past = pastViews(model, say, signal, { kernel, change, ask: () => askAnew() });
  const box = node(
    "section",
    { class: "nbk-travel", "aria-label": say("travel") },
    node("div", { class: "nbk-then-row" }, node("label", { for: id }, say("as_of")), slider, where, back),
    answer.box,
    past.box,
    node("div", { class: "nbk-then-foot" }, note, code),
  );

  const kept = () => epochsToShow(model);
  const now = () => chosen ?? kept().epochs.at(-1);
  const send = () => {
    if (!kernel.isGone() && kept().rows) model.send({ do: "then", epoch: now(), row });
  };
  const { ask, askAnew } = requests(send, signal);
  const isKnown = () => {
    const then = model.get("then");
    const example = mod(row, kept().rows);
    const hasAnswer = then.row === example && then.answers.some(([epoch]) => epoch === now());
    return hasAnswer && past.isKnown(now(), example);
  };
  const choose = () => {
    const { epochs } = kept();
    const at = Number(slider.value);
    chosen = at === epochs.length - 1 ? null : epochs[at];
    if (!isKnown()) ask();
    redraw();
  };
  listen(slider, "input", choose, signal);
  listen(back, "click", () => model.send({ do: "go_back", epoch: now() }), signal);

  function draw() {
    const { epochs, best, at, rows, message, failed, hasWeights } = kept();
    const open = model.get("view").travel && epochs.length > 1;
    box.hidden = !open;
    if (!epochs.includes(chosen)) chosen = null;
    local.until = open && chosen !== null ? stepOf(model, chosen) : null;
    if (!open) return;
    const epoch = now();
    slider.max = String(epochs.length - 1);
    slider.value = String(epochs.indexOf(epoch));
    const text = epoch === 0 ? say("then_start") : say("then_epoch", { epoch, last: epochs.at(-1) });
    const words = epoch === best ? `${text} · ${say("best")}` : text;
    setText(where, words);
    setAttributes(slider, { "aria-valuetext": words });
    setText(back, say(isActive(model) ? "stop_and_go_back" : "go_back"));
    setDisabled(back, kernel.isGone() || at === epoch);
    back.hidden = code.hidden = !hasWeights;
    setText(note, hasWeights && kernel.isGone() ? say("kernel_gone") : message);
    note.dataset.bad = failed;
    setText(code, `history.model_at(${epoch})`);
    answer.draw(rows ? model.get("then") : {}, epoch);
    past.box.hidden = !rows;
    if (rows) past.draw(epoch);
    if (rows && model.get("then").row === undefined) ask();
  }
  return { box, draw };
}

// Send at a bounded rate. `askAnew` begins to wait again: a request that waits since before
// a view was opened would arrive before its state.
export function requests(send, signal) {
  let timer = null;
  const start = () => {
    timer = setTimeout(() => {
      timer = null;
      send();
    }, ASK_EVERY_MS);
  };
  const stop = () => clearTimeout(timer);
  signal.addEventListener("abort", stop);
  const askAnew = () => {
    stop();
    start();
  };
  return { ask: () => timer ?? start(), askAnew };
}

const mod = (n, count) => (count ? ((n % count) + count) % count : 0);

// Number of steps at the end of an epoch; 0 at the start of the run.
function stepOf(model, epoch) {
  const p = model.get("progress");
  if (epoch <= p.first_epoch) return 0;
  const table = unpack(model.get("epoch_table"), model.get("epoch_columns"));
  const numbers = (table.epoch ?? []).map((n) => (n > 0 ? n : -1e9));
  const i = nearest(numbers, epoch);
  if (i >= 0 && numbers[i] === epoch) return table.x[i];
  return p.batches ? (epoch - p.first_epoch) * p.batches : (table.x[i] ?? 0);
}

// One example, the model's output at the epoch, and buttons for other examples.
function exampleBox(say, signal, kernel, move) {
  const button = (key, sign, by) => {
    const button = node("button", { type: "button", class: "nbk-turn", "aria-label": say(key) }, sign);
    listen(button, "click", () => move(by), signal);
    return button;
  };
  const frame = node("div", {});
  const name = node("span", { class: "nbk-example-name" });
  const turns = [button("example_before", "‹", -1), name, button("example_next", "›", 1)];
  const bars = node("ul", { class: "nbk-answers" });
  const box = node(
    "div",
    { class: "nbk-then" },
    node("div", { class: "nbk-example-box" }, frame, node("div", { class: "nbk-turns" }, ...turns)),
    bars,
  );

  function draw(then, epoch) {
    box.hidden = then.row === undefined;
    if (box.hidden) return;
    for (const turn of [turns[0], turns[2]]) setAttributes(turn, { disabled: kernel.isGone() });
    const text = say("example", { n: then.row + 1 });
    setText(name, text);
    const shown = frame.firstElementChild?.getAttribute("src") ?? "";
    if (shown !== then.picture) {
      frame.replaceChildren(...(then.picture ? [node("img", { class: "nbk-example", src: then.picture })] : []));
    }
    if (then.picture) setAttributes(frame.firstElementChild, { alt: text });
    const i = nearest(
      then.answers.map(([number]) => number),
      epoch,
    );
    const values = then.answers[i][1].map((value) => value ?? Number.NaN);
    bars.replaceChildren(...answerRows(then, values, say));
  }
  return { box, draw };
}

// One bar per class; a single output is shown beside the true value.
function answerRows(then, values, say) {
  if (values.length === 1) {
    const truth = then.truth === null ? "" : ` · ${say("truth_is", { truth: formatNumber(then.truth) })}`;
    return [node("li", { class: "nbk-single" }, `${say("output_is", { value: formatNumber(values[0]) })}${truth}`)];
  }
  const finite = values.filter(Number.isFinite);
  const isShare = finite.every((value) => value >= 0 && value <= 1.0001);
  const top = isShare ? 1 : Math.max(...finite.map(Math.abs), 1e-9);
  const best = values.indexOf(Math.max(...finite));
  return values.map((value, i) => {
    const isTruth = then.truth === then.labels[i];
    const fill = node("span", { class: "nbk-answer-fill" });
    fill.style.width = `${Math.max(0, Math.min(1, value / top || 0)) * 100}%`;
    const shown =
      isShare && Number.isFinite(value) ? `${(value * 100).toFixed(value < 0.0995 ? 1 : 0)} %` : formatNumber(value);
    return node(
      "li",
      { "data-best": String(i === best), "data-truth": String(isTruth) },
      node("span", { class: "nbk-answer-name" }, String(then.labels[i]), isTruth ? ` ${say("truth_mark")}` : ""),
      node("span", { class: "nbk-answer-bar", "aria-hidden": "true" }, fill),
      node("span", { class: "nbk-answer-value" }, shown),
    );
  });
}
