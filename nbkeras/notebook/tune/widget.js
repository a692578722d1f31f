// Reads: trials, axes, importances, status, used, budget, used_trials, budget_trials,
// objective, direction, best, code, words, static_copy.
// Writes: nothing. Sends: stop, pause, resume.

import { codeBox } from "../widget/controls.js";
import { listen, node, root, setAttributes, setText } from "../widget/dom.js";
import { formatNumber } from "../widget/number_format.js";
import { speaker, watch } from "../widget/traits.js";
import { historyChart } from "./history_chart.js";
import { parallelPlot } from "./parallel_plot.js";
import { trialTable } from "./trial_table.js";

const TRAITS = ["trials", "axes", "importances", "status", "used", "used_trials", "objective", "best", "code"];

function render({ model, el, kernel }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const box = root(model, el, "tune");
  const state = { trials: [], axes: [], objective: "", best: -1, chosen: null, ranges: {} };
  const choose = (n) => {
    state.chosen = state.chosen === n ? null : n;
    draw();
  };
  const setRange = (key, range) => {
    if (range === null) delete state.ranges[key];
    else state.ranges[key] = range;
    draw();
  };

  const head = headBar(model, say, signal);
  const result = node("p", { class: "nbk-result", role: "status" });
  const history = historyChart(say, signal, choose);
  const parallel = parallelPlot(say, signal, { choose, setRange });
  const shares = importanceBars(say);
  const table = trialTable(say, signal, choose);
  const code = codeBox(model, say, signal);
  const charts = node("div", { class: "nbk-charts" }, history.box, shares.box);
  box.append(head.bar, head.progress, result, charts, parallel.box, table.box, code.box);

  function read() {
    state.trials = JSON.parse(model.get("trials"));
    state.axes = JSON.parse(model.get("axes"));
    state.objective = model.get("objective");
    state.best = model.get("best");
    state.isMax = model.get("direction") === "max";
    for (const key of Object.keys(state.ranges)) {
      if (key !== "" && !state.axes.some((axis) => axis.key === key)) delete state.ranges[key];
    }
  }

  function draw() {
    read();
    const matching = state.trials.filter((trial) => isKept(trial, state));
    head.draw(kernel.isGone());
    setText(result, kernel.isGone() ? say("kernel_gone") : resultText(model, state, say));
    const hasTrials = state.trials.length > 0;
    for (const part of [charts, parallel.box, table.box]) part.hidden = !hasTrials;
    code.box.hidden = !model.get("code");
    if (!hasTrials) return;
    const width = box.clientWidth - 34;
    const beside = width > 620;
    box.dataset.narrow = String(!beside);
    history.draw(state, matching, beside ? Math.round(width * 0.62) : width);
    shares.draw(JSON.parse(model.get("importances")));
    parallel.draw(state, matching, width);
    table.draw(state, matching);
    code.draw();
  }
  const size = new ResizeObserver(() => requestAnimationFrame(() => signal.aborted || draw()));
  size.observe(box);
  signal.addEventListener("abort", () => size.disconnect());
  kernel.onGone(draw);
  watch(model, TRAITS, draw, signal);
  return () => off.abort();
}

// Whether a trial lies within all brushed ranges; the key "" is the objective.
function isKept(trial, { ranges, axes }) {
  return Object.entries(ranges).every(([key, range]) => {
    const value = key === "" ? trial.value : trial.params[key];
    if (value === null || value === undefined) return false;
    const choices = axes.find((axis) => axis.key === key)?.choices;
    const at = choices ? choices.indexOf(String(value)) : value;
    return at >= range[0] && at <= range[1];
  });
}

function resultText(model, { trials, best, objective }, say) {
  const winner = trials.find((trial) => trial.n === best);
  if (!winner) return model.get("status") === "searching" ? say("empty") : "";
  const pruned = trials.filter((trial) => trial.status === "pruned").length;
  const value = formatNumber(winner.value);
  return say("best", { objective, value, n: best, count: trials.length, pruned });
}

// Status, budget, and the buttons.
function headBar(model, say, signal) {
  const word = node("span", { class: "nbk-word", role: "status" });
  const used = node("span", { class: "nbk-used" });
  const pause = node("button", { type: "button" });
  const stop = node("button", { type: "button", class: "nbk-stop" }, say("stop"));
  const filled = node("div", { class: "nbk-fill" });
  const label = { role: "progressbar", "aria-label": say("budget"), "aria-valuemin": 0, "aria-valuemax": 100 };
  const progress = node("div", { class: "nbk-bar", ...label }, filled);
  const bar = node("div", { class: "nbk-top" }, node("strong", {}, say("title")), word, used, pause, stop);
  const isPaused = () => model.get("status") === "paused";
  listen(pause, "click", () => model.send({ do: isPaused() ? "resume" : "pause" }), signal);
  listen(stop, "click", () => model.send({ do: "stop" }), signal);
  function draw(gone) {
    const status = model.get("status");
    const active = ["searching", "paused"].includes(status);
    setText(word, say(status));
    word.dataset.status = status;
    setText(pause, say(isPaused() ? "resume" : "pause"));
    for (const button of [pause, stop]) button.hidden = !active || gone;
    const parts = [
      ["time", model.get("used"), model.get("budget")],
      ["count", model.get("used_trials"), model.get("budget_trials")],
    ].filter(([, , budget]) => budget !== null);
    setText(used, parts.map(([key, n, budget]) => say(key, { used: Math.round(n), budget })).join(" · "));
    const percent = Math.round(100 * Math.min(1, Math.max(0, ...parts.map(([, n, budget]) => n / budget))));
    setAttributes(progress, { "aria-valuenow": percent });
    progress.hidden = !active;
    filled.style.width = `${percent}%`;
  }
  return { bar, progress, draw };
}

function importanceBars(say) {
  const list = node("ul");
  const empty = node("p", { class: "nbk-hint" }, say("importances_empty"));
  const box = node("section", { class: "nbk-shares" }, node("h4", {}, say("importances")), empty, list);
  function draw(shares) {
    empty.hidden = shares.length > 0;
    list.replaceChildren(
      ...shares.slice(0, 8).map(([name, share]) => {
        const bar = node("div", { class: "nbk-share" });
        bar.style.width = `${Math.round(100 * share)}%`;
        const number = node("span", {}, `${Math.round(100 * share)} %`);
        return node("li", {}, node("span", { title: name }, name), node("div", { class: "nbk-rail" }, bar), number);
      }),
    );
  }
  return { box, draw };
}

export default { render };
