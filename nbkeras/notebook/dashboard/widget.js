// Reads: status, progress, metrics, step_table, step_columns, epoch_table, epoch_columns,
// active_statuses, moves, code, can, asked, reached, height, view, kept, then, past,
// inside, layers, words, static_copy.
// Writes: view.
// Sends: hello, pause, resume, step, stop, validate, rate, loss_weight, speed, then, go_back.

import { freshId, listen, node, root, setAttributes, setDisabled, setHidden, setText, svg } from "../widget/dom.js";
import { formatRate, formatSpan, formatTime } from "../widget/number_format.js";
import { saver, speaker, watch } from "../widget/traits.js";
import { chartGrid, codeBox, epochTable, toolBar } from "./chart_grid.js";
import { layerPanel } from "./layer_panel.js";
import { privacyPanel } from "./privacy_panel.js";
import { isActive } from "./run_states.js";
import { timeTravel } from "./time_travel.js";

const SPEEDS = [null, 10, 3, 1]; // selectable steps per second, null for full speed
const RATE_DECADES = 2; // powers of ten that the slider covers on each side
const WEIGHT_DECADES = 4; // losses of different units: pixels squared beside a crossentropy
const TICKS_PER_DECADE = 20;
const GREET_EVERY_MS = 700; // the page greets the kernel until it responds,
const SPEAK_EVERY_MS = 5000; // epochs may be shorter than a sentence read aloud
const GREETINGS = 8; // and after this many assumes that clicks do not get through

function render({ model, el, kernel }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const save = saver(model, signal);
  const box = root(model, el, "dashboard");
  const change = (part) => save("view", { ...model.get("view"), ...part });
  const local = { cursor: null, until: null };

  const head = header(say);
  const controls = controlBar(model, say, signal, kernel, { redraw: () => drawHead(), next: () => tools.bar });
  const facts = factList(say);
  const charts = chartGrid(model, say, signal, local, change);
  const tools = toolBar(model, say, signal, change);
  const table = tableBox(model, say);
  const code = codeBox(model, say, signal);
  const redraw = () => {
    travel.draw();
    charts.draw();
  };
  const layers = layerPanel(model, say);
  const privacy = privacyPanel(say);
  const travel = timeTravel(model, say, signal, { kernel, local, redraw, change });
  box.append(
    node("div", { class: "nbk-top" }, head.line, controls.bar),
    head.progress,
    node(
      "div",
      { class: "nbk-facts-row" },
      facts.list,
      node("div", { class: "nbk-dials" }, controls.speed, controls.rate, controls.weights),
    ),
    head.message,
    privacy.box,
    charts.grid,
    travel.box,
    layers.box,
    tools.bar,
    table.box,
    code.box,
    head.aloud,
  );

  const drawHead = () => {
    controls.draw();
    head.draw(model, { mute: controls.isMute(), lost: isActive(model) && kernel.isGone() });
    facts.draw(model.get("progress"));
    privacy.draw(model.get("progress"));
  };
  watch(model, ["status", "progress", "can", "asked", "reached"], drawHead, signal);
  watch(
    model,
    ["metrics", "step_table", "epoch_table", "moves", "view", "height", "kept", "then", "past", "inside"],
    redraw,
    signal,
  );
  watch(model, ["epoch_table", "view"], table.draw, signal);
  watch(model, ["progress"], table.drawMoment, signal);
  watch(
    model,
    ["view", "code", "kept", "layers"],
    () => {
      layers.draw();
      tools.draw();
      code.draw();
    },
    signal,
  );
  kernel.onGone(() => {
    drawHead();
    travel.draw();
  });
  const size = new ResizeObserver(() => requestAnimationFrame(() => signal.aborted || charts.draw()));
  size.observe(charts.grid);
  signal.addEventListener("abort", () => size.disconnect());
  return () => off.abort();
}

// The epoch table; while a run is paused, its newest row has the current values.
function tableBox(model, say) {
  const box = node("div", { class: "nbk-table-box", tabindex: 0, role: "region", "aria-label": say("table") });
  let heldAt = null; // step of that row
  const draw = () => {
    const open = model.get("view").table;
    box.hidden = !open;
    if (open) box.replaceChildren(epochTable(model, say));
  };
  const drawMoment = () => {
    const p = model.get("progress");
    const step = p.held ? p.step : null;
    if (step === heldAt) return;
    heldAt = step;
    draw();
  };
  return { box, draw, drawMoment };
}

// Status text, progress bar, one message line, and announcements for screen readers.
function header(say) {
  const dot = node("span", { class: "nbk-dot", "aria-hidden": "true" });
  const word = node("strong", { class: "nbk-status" });
  const where = node("span", { class: "nbk-where" });
  const fill_ = node("div", { class: "nbk-fill" });
  const progress = node(
    "div",
    { class: "nbk-bar", role: "progressbar", "aria-label": say("progress"), "aria-valuemin": 0, "aria-valuemax": 100 },
    fill_,
  );
  const message = node("p", { class: "nbk-message" });
  const aloud = node("div", { class: "nbk-aloud", role: "status", "aria-live": "polite" });
  let spoken = { key: "", at: 0 };
  return {
    line: node("div", { class: "nbk-line" }, dot, word, where),
    progress,
    message,
    aloud,
    draw(model, { mute, lost }) {
      const [status, p] = [lost ? "lost" : model.get("status"), model.get("progress")];
      const diverged = p.diverged && !lost && status !== "failed";
      const title = say(diverged ? "diverged" : status);
      dot.dataset.status = status;
      for (const part of [dot, word]) part.dataset.bad = diverged;
      setText(word, title);
      setText(where, place(say, status, p, isActive(model) && !lost ? model.get("asked") : ""));
      const done = p.total ? Math.min(1, p.step / p.total) : status === "completed" ? 1 : 0;
      fill_.style.transform = `scaleX(${done})`;
      setAttributes(progress, {
        "aria-valuenow": Math.round(done * 100),
        "data-open": !p.total && isActive(model) && !lost,
      });
      setText(message, notice(say, status, p, { mute, lost }));
      message.dataset.bad = status === "failed" || Boolean(p.not_finite);
      message.dataset.advice = Boolean(p.advice) && message.dataset.bad === "false" && !mute && !lost;
      message.hidden = !message.textContent;
      const key = `${title} ${p.advice}`;
      const [epochs, now] = [p.epochs_ended, performance.now()];
      if (key === spoken.key && (epochs === spoken.epochs || now < spoken.at + SPEAK_EVERY_MS)) return;
      spoken = { key, epochs, at: epochs ? now : -SPEAK_EVERY_MS };
      const text = say("spoken", { status: title, where: place(say, status, p, ""), values: p.newest });
      setText(aloud, sentences(text, p.advice));
    },
  };
}

function place(say, status, p, asked) {
  if (status === "starting") return say("compiling");
  const parts = [say("at", { epoch: p.epoch, epochs: p.epochs })];
  if (p.fit_number) parts.unshift(say("fit_number", { n: p.fit_number }));
  if (status !== "completed") {
    parts.push(p.batches ? say("at_step", p) : say("at_step_open", p));
  }
  if (asked) parts.push(say(`asked_${asked}`));
  return parts.join(" · ");
}

function notice(say, status, p, { mute, lost }) {
  if (p.error) return p.error;
  if (lost) return say("lost_run", { ...p, seconds: formatTime(p.seconds) });
  if (p.not_finite) return p.advice;
  if (mute) return say("unreachable");
  if (["stopped", "interrupted"].includes(status)) return sentences(p.advice, say("kept"));
  return p.advice || (p.continued ? say("continued", { done: p.continued }) : "");
}

const sentences = (...texts) => texts.filter(Boolean).join(" ");

const ICONS = {
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  resume: "M4 2.5v11l9-5.5z",
  step: "M3 2.5v11l7-5.5zM11 3h2v10h-2z",
  stop: "M3.5 3.5h9v9h-9z",
  validate: "M6.4 12.6 2.2 8.4l1.5-1.5 2.7 2.7 6-6L13.900 5z",
};

function iconButton(name, text) {
  const path = svg("path", { d: ICONS[name] });
  const label = node("span", {}, text);
  const button = node(
    "button",
    { type: "button", class: `nbk-${name}` },
    svg("svg", { class: "nbk-icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, path),
    label,
  );
  return { button, path, label, name };
}

// Pause, step, stop, validate, and the learning rate. A click sends a message; its effect
// shows in the state. If no greeting is answered, the buttons are hidden, as at the end of
// the run; the focus then goes to the first button of `next`.
function controlBar(model, say, signal, kernel, { redraw, next }) {
  const buttons = runButtons(model, say, signal);
  const rate = rateSlider(model, say, signal);
  const weights = weightSliders(model, say, signal);
  const speed = speedChoice(model, say, signal);
  const isUnanswered = greetKernel(model, signal, kernel, redraw);
  const isMute = () => isActive(model) && !kernel.isGone() && isUnanswered();

  function draw() {
    const [can, p] = [model.get("can"), model.get("progress")];
    const active = isActive(model) && !kernel.isGone();
    const mute = isMute();
    setHidden(buttons.bar, mute || !active, () => next().querySelector("button"));
    buttons.draw(p.held, can, active);
    speed.draw(p.speed, active, active && !mute);
    rate.draw(p, can.rate ?? "", active && !mute);
    weights.draw(p.loss_weights, can.loss_weight ?? "", active && !mute);
  }
  return { bar: buttons.bar, rate: rate.box, weights: weights.box, speed: speed.box, draw, isMute };
}

function runButtons(model, say, signal) {
  const buttons = Object.fromEntries(
    ["pause", "step", "stop", "validate"].map((name) => [name, iconButton(name, say(name))]),
  );
  const bar = node(
    "div",
    { class: "nbk-controls", role: "group", "aria-label": say("controls") },
    ...Object.values(buttons).map(({ button }) => button),
  );
  const { pause } = buttons;
  for (const name of ["step", "stop", "validate"]) {
    listen(buttons[name].button, "click", () => model.send({ do: name }), signal);
  }
  listen(pause.button, "click", () => model.send({ do: pause.name }), signal);

  function draw(held, can, active) {
    pause.name = held ? "resume" : "pause";
    setText(pause.label, say(pause.name));
    setAttributes(pause.path, { d: ICONS[pause.name] });
    for (const [name, { button }] of Object.entries(buttons)) {
      const why = can[name] ?? "";
      setDisabled(button, !active || Boolean(why));
      setAttributes(button, { title: why || null });
    }
  }
  return { bar, draw };
}

// The learning rate, on a logarithmic slider around the initial rate.
function rateSlider(model, say, signal) {
  const id = freshId("rate");
  const most = RATE_DECADES * TICKS_PER_DECADE;
  const slider = node("input", { id, type: "range", class: "nbk-slider", min: -most, max: most, step: 1 });
  const value = node("output", { class: "nbk-rate-value", for: id, "aria-live": "off" });
  const box = node("div", { class: "nbk-rate" }, node("label", { for: id }, say("rate")), value, slider);
  const chosen = () => {
    const factor = 10 ** (Number(slider.value) / TICKS_PER_DECADE);
    return Number((model.get("progress").rate_start * factor).toPrecision(3));
  };
  const show = (rate) => {
    setText(value, formatRate(rate));
    setAttributes(slider, { "aria-valuetext": formatRate(rate) });
  };
  let dragging = false;
  const onInput = () => {
    dragging = true;
    show(chosen());
  };
  const onChange = () => {
    dragging = false;
    model.send({ do: "rate", value: chosen() });
  };
  listen(slider, "input", onInput, signal);
  listen(slider, "change", onChange, signal);

  function draw({ rate, rate_start: start }, whyFixed, enabled) {
    box.hidden = rate === null;
    slider.disabled = !enabled || Boolean(whyFixed);
    setAttributes(slider, { title: whyFixed || null });
    if (dragging || rate === null) return;
    if (rate > 0 && start > 0) slider.value = String(Math.round(TICKS_PER_DECADE * Math.log10(rate / start)));
    show(rate);
  }
  return { box, draw };
}

// The weights of several losses, each on a logarithmic slider around its first value,
// whose lowest place is 0.
function weightSliders(model, say, signal) {
  const rows = node("div", { class: "nbk-weight-rows" });
  const title = node("span", { class: "nbk-label" }, say("loss_weights"));
  const box = node("div", { class: "nbk-weights", role: "group", "aria-label": say("loss_weights") }, title, rows);
  let sliders = new Map();

  function draw(weights, whyFixed, enabled) {
    box.hidden = weights.length === 0;
    const names = weights.map(([name]) => name);
    if (names.join("\n") !== [...sliders.keys()].join("\n")) {
      sliders = new Map(names.map((name) => [name, weightSlider(model, say, signal, name)]));
      rows.replaceChildren(...[...sliders.values()].flatMap((slider) => slider.parts));
    }
    for (const [name, weight, first] of weights) sliders.get(name).draw(weight, first, whyFixed, enabled);
  }
  return { box, draw };
}

function weightSlider(model, say, signal, name) {
  const id = freshId("weight");
  const most = WEIGHT_DECADES * TICKS_PER_DECADE;
  const least = -most - 1; // the place of 0
  const slider = node("input", { id, type: "range", class: "nbk-slider", min: least, max: most, step: 1 });
  const value = node("output", { class: "nbk-weight-value", for: id, "aria-live": "off" });
  const label = node("label", { for: id, title: say("loss_weight", { output: name }) }, name);
  let around = 1;
  let dragging = false;
  const chosen = () => {
    const place = Number(slider.value);
    return place === least ? 0 : Number((around * 10 ** (place / TICKS_PER_DECADE)).toPrecision(3));
  };
  const show = (weight) => {
    setText(value, formatRate(weight));
    setAttributes(slider, { "aria-valuetext": formatRate(weight) });
  };
  const onInput = () => {
    dragging = true;
    show(chosen());
  };
  const onChange = () => {
    dragging = false;
    model.send({ do: "loss_weight", output: name, value: chosen() });
  };
  listen(slider, "input", onInput, signal);
  listen(slider, "change", onChange, signal);

  function draw(weight, first, whyFixed, enabled) {
    around = first > 0 ? first : 1;
    slider.disabled = !enabled || Boolean(whyFixed);
    setAttributes(slider, { title: whyFixed || null });
    if (dragging || weight === null) return;
    slider.value = String(weight > 0 ? Math.round(TICKS_PER_DECADE * Math.log10(weight / around)) : least);
    show(weight);
  }
  return { parts: [label, value, slider], draw };
}

// Test whether messages reach a busy kernel: one that responds to a greeting while it
// trains also handles clicks. The first greetings may be queued before the run.
// Returns a function that tells whether no greeting was answered.
function greetKernel(model, signal, kernel, onUnanswered) {
  let greetings = 0;
  const greet = () => {
    if (!isActive(model) || kernel.isGone() || model.get("reached")) return;
    model.send({ do: "hello" });
    greetings += 1;
    if (greetings === GREETINGS) onUnanswered();
  };
  const timer = setInterval(greet, GREET_EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  greet();
  return () => greetings >= GREETINGS && !model.get("reached");
}

// Speed limit in steps per second. A speed set in code is added to the choices.
function speedChoice(model, say, signal) {
  const id = freshId("speed");
  const select = node("select", { id });
  const box = node("div", { class: "nbk-speed" }, node("label", { for: id }, say("speed")), select);
  listen(
    select,
    "change",
    () => model.send({ do: "speed", value: select.value ? Number(select.value) : null }),
    signal,
  );
  const named = (n) =>
    n === null ? say("full_speed") : n === 1 ? say("one_a_second") : say("a_second", { n: formatRate(n) });
  let shown;
  return {
    box,
    draw(speed, active, heard) {
      box.hidden = !active;
      select.disabled = !heard;
      if (shown === speed) return;
      shown = speed;
      const offered = SPEEDS.includes(speed) ? SPEEDS : [...SPEEDS, speed];
      select.replaceChildren(...offered.map((n) => node("option", { value: n ?? "" }, named(n))));
      select.value = speed ?? "";
    },
  };
}

function factList(say) {
  const names = ["elapsed", "left", "throughput", "step_time"];
  const values = Object.fromEntries(names.map((name) => [name, node("span", { class: "nbk-value" }, "–")]));
  const list = node(
    "div",
    { class: "nbk-facts" },
    ...names.map((name) => node("div", {}, node("span", { class: "nbk-label" }, say(name)), values[name])),
  );
  return {
    list,
    draw(p) {
      setText(values.elapsed, formatTime(p.seconds));
      setText(values.left, p.left === null ? "–" : formatTime(p.left));
      setText(values.throughput, p.rows_s ? Math.round(p.rows_s).toLocaleString("en") : "–");
      setText(values.step_time, p.step_s ? formatSpan(p.step_s) : "–");
    },
  };
}

export default { render };
