// The dashboard's charts, its view settings, the epoch table and the code of the moves.

import { extent, nearest, niceTicks, points, smooth, unpack } from "../widget/charts/scales.js";
import { freshId, listen, node, setAttributes, setText, svg } from "../widget/dom.js";
import { formatNumber, formatRate, formatTick, MISSING } from "../widget/number_format.js";
import { diamond, disc, plot } from "./line_chart.js";
import { isActive } from "./run_states.js";

export function chartGrid(model, say, signal, local, change) {
  const grid = node("div", { class: "nbk-charts" });
  let panels = new Map();
  let queued = false;

  const setCursor = (x) => {
    local.cursor = x;
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => {
      queued = false;
      if (!signal.aborted) draw();
    });
  };
  const arrange = (names) => {
    if (names.join("\n") === [...panels.keys()].join("\n")) return;
    panels = new Map(
      names.map((name) => [name, panels.get(name) ?? panel(name, say, signal, setCursor, (zoom) => change({ zoom }))]),
    );
    grid.replaceChildren(...[...panels.values()].map((chart) => chart.box));
  };

  function draw() {
    arrange(model.get("metrics"));
    const scene = sceneOf(model, say, local);
    // Read all widths before changing anything, so that the page is laid out only once.
    const widths = [...panels.values()].map((chart) => Math.max(chart.box.clientWidth, 200));
    [...panels].forEach(([name, chart], i) => chart.draw(name, scene, widths[i]));
  }
  return { grid, draw };
}

// State shared by all charts of one update.
function sceneOf(model, say, local) {
  const [p, view] = [model.get("progress"), model.get("view")];
  const steps = unpack(model.get("step_table"), model.get("step_columns"));
  const epochs = unpack(model.get("epoch_table"), model.get("epoch_columns"));
  const newest = Math.max(steps.x.at(-1) ?? 0, epochs.x.at(-1) ?? 0, p.step);
  const full = [0, axisEnd(newest, isActive(model) ? p.total : newest)];
  const range = view.zoom ?? full;
  // A recording of a quick run has few steps: then the last epoch is newer.
  const hasNewerEpoch = (epochs.x.at(-1) ?? 0) > (steps.x.at(-1) ?? 0);
  const xs = hasNewerEpoch ? epochs.x : steps.x;
  const snapped = local.cursor === null ? -1 : nearest(xs, local.cursor);
  const cursor = snapped < 0 ? local.until : xs[snapped];
  const inEpochs = p.batches && !view.steps;
  const ticks = (count) => {
    if (!inEpochs) return niceTicks(...range, count).map((x) => [x, formatTick(x)]);
    const [from, to] = range.map((x) => x / p.batches + p.first_epoch);
    const ticks = niceTicks(from, to, count).filter((e) => to - from < 2 || Number.isInteger(e));
    return ticks.map((e) => [(e - p.first_epoch) * p.batches, formatTick(e)]);
  };
  const at = cursor ?? newest;
  const where = { epoch: epochAt(at, p, epochs), step: at };
  return {
    steps,
    epochs,
    range,
    full,
    newest,
    cursor,
    ticks,
    say,
    until: local.until,
    // Use the values at the end of the epoch.
    atEnd: hasNewerEpoch || (snapped < 0 && local.until !== null),
    log: view.log,
    weight: view.smooth,
    zoomed: Boolean(view.zoom),
    marks: marksOf(model, say),
    flag: say("cursor", where),
    height: chartHeight(model),
    held: p.validation,
    unit: say(inEpochs ? "epoch" : "step_axis"),
  };
}

// Labels of vertical lines: manual changes, and the first non-finite loss.
function marksOf(model, say) {
  const marks = model.get("moves").map(([step, name, value, output]) => {
    const number = formatRate(value);
    const isWeight = name === "loss_weight";
    const text = isWeight ? say("mark_loss_weight", { output, weight: number }) : say("mark_rate", { rate: number });
    return { step, text };
  });
  const bad = model.get("progress").not_finite;
  return bad ? [...marks, { step: bad.step, text: `${bad.name} ${bad.value}`, bad: true }] : marks;
}

// More charts than this are lower, so that a run with ten metrics fits on a screen.
const MANY = 4;

function chartHeight(model) {
  const [height, count] = [model.get("height"), model.get("metrics").length];
  return count > MANY ? Math.max(80, Math.round(height * 0.62)) : height;
}

// The end of the x axis: it doubles up to the whole run, so that curves do not shift with
// every step, and a run stopped early still fills the chart.
function axisEnd(newest, total) {
  const whole = total || 2 ** Math.ceil(Math.log2(Math.max(newest, 1)));
  let end = whole;
  while (end / 2 >= newest && end > 2) end /= 2;
  return Math.max(end, newest, 1);
}

function epochAt(step, p, epochs) {
  if (p.batches) return Math.max(1, Math.ceil(step / p.batches)) + p.first_epoch;
  return p.first_epoch + 1 + epochs.x.filter((end) => end < step).length;
}

export function key(kind, text) {
  const line = svg(
    "svg",
    { class: "nbk-swatch", viewBox: "0 0 22 10", "aria-hidden": "true" },
    svg("path", { class: `nbk-${kind}`, d: "M1 5H21" }),
    svg("path", { class: `nbk-${kind}-dots`, d: (kind === "val" ? diamond : disc)(kind === "val" ? 11 : 8.4, 5) }),
  );
  const value = node("b", {}, "–");
  return { value, box: node("span", { class: "nbk-key" }, line, node("span", {}, text), value) };
}

function panel(name, say, signal, onCursor, onZoom) {
  const [train, val] = [key("train", say("train")), key("val", say("validation"))];
  const chart = plot(signal, { label: say("chart", { name }), onCursor, onZoom });
  const unit = node("span", { class: "nbk-unit", "aria-hidden": "true" });
  const box = node(
    "section",
    { class: "nbk-panel", "aria-label": name },
    node(
      "div",
      { class: "nbk-panel-head" },
      node("h4", { class: "nbk-name", title: name }, name),
      node("div", { class: "nbk-legend" }, train.box, val.box),
    ),
    chart.face,
    unit,
  );

  function draw(metric, scene, width) {
    const { steps, epochs } = scene;
    const none = [];
    const curve = (table, column) => points(table.x, table[column] ?? none.concat(table.x.map(() => MISSING)));
    const [raw, ends, held] = [curve(steps, metric), curve(epochs, metric), curve(epochs, `val_${metric}`)];
    const soft = scene.weight && raw.x.length ? { x: raw.x, y: smooth(raw.y, scene.weight) } : null;
    const value = (c) => {
      const i = scene.cursor === null ? c.x.length - 1 : nearest(c.x, scene.cursor);
      return i < 0 ? null : c.y[i];
    };
    const trainValue = value(raw.x.length && !scene.atEnd ? (soft ?? raw) : ends);
    for (const [field, number] of [
      [train, trainValue],
      [val, value(held)],
    ]) {
      setText(field.value, formatNumber(number));
      field.value.dataset.bad = number !== null && !Number.isFinite(number);
    }
    // Some metrics, such as epsilon, are not validated: then others have values alone.
    const isTrainOnly = Object.keys(epochs).some((column) => column.startsWith("val_")) && !(`val_${metric}` in epochs);
    val.box.hidden = !held.x.length && (isTrainOnly || !scene.held);
    setText(unit, scene.unit);
    const curves = soft ? [soft, ends, held] : [raw, ends, held];
    chart.draw({
      ...scene,
      width,
      raw,
      soft,
      train: ends,
      val: held,
      extent: extent(curves, scene.range, scene.log),
      empty: raw.x.length + ends.x.length ? "" : say("empty"),
      spoken: say(val.box.hidden ? "spoken_train_at" : "spoken_at", {
        place: scene.flag,
        train: formatNumber(trainValue),
        validation: formatNumber(value(held)),
      }),
    });
  }
  return { box, draw };
}

// Scale, axis, smoothing, zoom, and buttons that open other panels.
export function toolBar(model, say, signal, change) {
  const toggle = (text, act) => {
    const button = node("button", { type: "button" }, text);
    listen(button, "click", act, signal);
    return button;
  };
  const view = () => model.get("view");
  const choice = (label, ...buttons) =>
    node("div", { class: "nbk-choice", role: "group", "aria-label": label }, ...buttons);
  const linear_ = toggle(say("linear"), () => change({ log: false }));
  const log = toggle(say("log"), () => change({ log: true }));
  const epochs = toggle(say("epochs_axis"), () => change({ steps: false }));
  const steps = toggle(say("steps_axis"), () => change({ steps: true }));
  const reset = toggle(say("reset"), () => change({ zoom: null }));
  const travel = toggle(say("travel"), () => change({ travel: !view().travel }));
  const layers = toggle(say("layers"), () => change({ layers: !view().layers }));
  const table = toggle(say("table"), () => change({ table: !view().table }));
  const moves = toggle(say("moves"), () => change({ code: !view().code }));
  const id = freshId("smooth");
  const smoothing = node("input", { id, type: "range", class: "nbk-slider", min: 0, max: 0.98, step: 0.02 });
  listen(smoothing, "input", () => change({ smooth: Number(smoothing.value) }), signal);
  const bar = node(
    "div",
    { class: "nbk-tools", role: "group", "aria-label": say("view") },
    choice(say("scale"), linear_, log),
    choice(say("axis"), epochs, steps),
    node("label", { class: "nbk-smooth", for: id }, say("smoothing"), smoothing),
    reset,
    node("span", { class: "nbk-opens" }, travel, layers, table, moves),
  );
  const draw = () => {
    const now = view();
    for (const [button, on] of [
      [linear_, !now.log],
      [log, now.log],
      [epochs, !now.steps],
      [steps, now.steps],
      [travel, now.travel],
      [layers, now.layers],
      [table, now.table],
      [moves, now.code],
    ]) {
      setAttributes(button, { "aria-pressed": String(Boolean(on)) });
    }
    smoothing.value = now.smooth;
    setAttributes(smoothing, { "aria-valuetext": String(now.smooth) });
    reset.disabled = !now.zoom;
    moves.hidden = !model.get("code");
    layers.hidden = !model.get("layers").can;
    travel.hidden = epochsToShow(model).epochs.length < 2;
  };
  return { bar, draw };
}

// The trait `kept`; without kept weights, such as in a recording, the epochs of the table.
export function epochsToShow(model) {
  const kept = model.get("kept");
  if (kept.epochs.length) return { ...kept, hasWeights: true };
  const data = unpack(model.get("epoch_table"), model.get("epoch_columns"));
  const numbers = data.epoch ?? [];
  return {
    ...kept,
    epochs: numbers.filter((epoch) => epoch !== MISSING),
    best: numbers[bestRow(data)] ?? null,
    hasWeights: false,
  };
}

// Index of the row with the best validation loss, -1 for none.
function bestRow(data) {
  const by = data.val_loss ?? data.loss ?? [];
  const finite = by.map((v) => (Number.isFinite(v) && v !== MISSING ? v : Infinity));
  const best = finite.indexOf(Math.min(...finite));
  return Number.isFinite(finite[best]) ? best : -1;
}

// A complete epoch is named by its number, a validation within an epoch by its step.
function rowName(data, i, p, say) {
  if (data.epoch && data.epoch[i] !== MISSING) return String(data.epoch[i]);
  const step = data.x[i];
  if (step === p.step && p.held) return say("now");
  if (!p.batches) return say("row_at_step", { step });
  const epoch = Math.max(1, Math.ceil(step / p.batches));
  return say("row_within", { epoch: epoch + p.first_epoch, batch: step - (epoch - 1) * p.batches });
}

// One row per epoch, with the names of `history`; a star marks the best validation loss.
export function epochTable(model, say) {
  const columns = model.get("epoch_columns").filter((name) => name !== "epoch");
  const data = unpack(model.get("epoch_table"), model.get("epoch_columns"));
  const best = bestRow(data);
  const rows = data.x.map((_, i) => {
    const name = rowName(data, i, model.get("progress"), say);
    const star =
      i === best
        ? node(
            "span",
            { class: "nbk-star", title: say("best") },
            " ★",
            node("span", { class: "nbk-aloud" }, say("best")),
          )
        : "";
    return node(
      "tr",
      {},
      node("th", { scope: "row" }, name, star),
      ...columns.map((c) => node("td", {}, formatNumber(data[c][i]))),
    );
  });
  const head = node(
    "tr",
    {},
    node("th", { scope: "col" }, say("epoch")),
    ...columns.map((c) => node("th", { scope: "col" }, columnName(c))),
  );
  return node("table", { class: "nbk-table" }, node("thead", {}, head), node("tbody", {}, ...rows.reverse()));
}

// Allow line breaks after underscores of long names.
function columnName(name) {
  const parts = name.split(/(?<=_)/);
  return node("span", { class: "nbk-column" }, ...parts.flatMap((part, i) => (i ? [node("wbr"), part] : [part])));
}

export function codeBox(model, say, signal) {
  const text = node("code", {});
  const copy = node("button", { type: "button" }, say("copy"));
  const box = node(
    "div",
    { class: "nbk-code" },
    node("div", { class: "nbk-code-head" }, node("p", {}, say("moves_hint")), copy),
    node("pre", { tabindex: 0, "aria-label": say("moves") }, text),
  );
  let timer = null;
  listen(
    copy,
    "click",
    async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
      } catch {
        getSelection().selectAllChildren(text); // without access to the clipboard: select the text
        return;
      }
      setText(copy, say("copied"));
      clearTimeout(timer);
      timer = setTimeout(() => setText(copy, say("copy")), 2000);
    },
    signal,
  );
  signal.addEventListener("abort", () => clearTimeout(timer));
  return {
    box,
    draw() {
      box.hidden = !model.get("view").code || !model.get("code");
      setText(text, model.get("code"));
    },
  };
}

// Whether the run is still going on; Python defines the active statuses.
