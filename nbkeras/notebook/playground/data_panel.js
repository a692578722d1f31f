// The data: which set, how many points to train on, noise, batch size; tools to draw.
import { slider } from "../widget/controls.js";
import { focusedIn, listen, node, setAttributes, setText } from "../widget/dom.js";
import { paintPoints } from "./points.js";

const THUMB_PX = 44;
const BATCH_MOST = 50;

export function dataPanel(model, say, signal, { onSetting, brush }) {
  const choices = model.get("choices");
  const sets = node("div", { class: "nbk-sets", role: "group", "aria-label": say("data") });
  const ratio = settingSlider("train_ratio", { min: 10, max: 90, step: 10 }, (value) => value / 100);
  const noise = settingSlider("noise", { min: 0, max: 50, step: 5 }, (value) => value / 100);
  const batch = settingSlider("batch_size", { min: 1, max: BATCH_MOST, step: 1 }, Math.round);
  const rows = node("p", { class: "nbk-hint" });
  const tools = brushTools(say, signal, { brush, choices, onClear: () => onSetting({ points: [] }) });
  const box = node(
    "section",
    { class: "nbk-data", "aria-label": say("data") },
    node("h4", {}, say("data")),
    ...[sets, tools.box, ratio.box, noise.box, batch.box, rows],
  );
  let key = "";
  let table = null;

  function settingSlider(name, range, toValue) {
    const made = slider(say(name), say(name), range);
    const change = (field) => () => {
      const value = Math.min(range.max, Math.max(range.min, Number(field.value) || range.min));
      onSetting({ [name]: toValue(value) });
    };
    listen(made.input, "input", change(made.input), signal);
    listen(made.exact, "change", change(made.exact), signal);
    return made;
  }

  function build(problem) {
    const buttons = choices.data[problem].map((name) => {
      const canvas = node("canvas", { "aria-hidden": "true" });
      const text = node("span", {}, say(`data_${name}`));
      const button = node("button", { type: "button", class: "nbk-set", "data-set": name }, canvas, text);
      listen(button, "click", () => onSetting({ data: name }), signal);
      return button;
    });
    sets.replaceChildren(...buttons);
  }

  function paintThumbs(problem) {
    for (const button of sets.children) {
      const points = choices.thumbnails[problem][button.dataset.set] ?? [];
      const plain = points.map(([x1, x2, target]) => ({ x1, x2, target, isTrain: true }));
      const info = { kind: problem === "regression" ? "regression" : "binary", top: 1, limit: 6 };
      paintPoints(button.querySelector("canvas"), plain, info, table, { size: THUMB_PX, radius: 1.4, hasEdge: false });
      if (["drawn", "own"].includes(button.dataset.set))
        drawMark(button.querySelector("canvas"), button.dataset.set === "drawn" ? "✎" : "⋮⋮");
    }
  }

  function draw(colours) {
    const settings = model.get("settings");
    const info = model.get("info");
    const now = `${settings.problem} ${model.get("words").lang}`;
    if (now !== key) build(settings.problem);
    if (now !== key || colours !== table) {
      [key, table] = [now, colours];
      paintThumbs(settings.problem);
    }
    for (const button of sets.children)
      setAttributes(button, { "aria-pressed": String(button.dataset.set === settings.data) });
    const isMade = !["drawn", "own"].includes(settings.data);
    noise.box.hidden = !isMade;
    show(ratio, Math.round(settings.train_ratio * 100));
    show(noise, Math.round(settings.noise * 100));
    setAttributes(batch.input, { max: Math.max(BATCH_MOST, settings.batch_size) });
    show(batch, settings.batch_size);
    setText(rows, say("rows", info));
    tools.draw(settings, info);
  }
  return { box, draw };
}

function show(made, value) {
  if (focusedIn(made.input) !== made.input || Number(made.input.value) !== value) made.input.value = value;
  made.say(value);
}

function drawMark(canvas, mark) {
  const context = canvas.getContext("2d");
  context.fillStyle = getComputedStyle(canvas).color;
  context.font = `${canvas.width / 2}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(mark, canvas.width / 2, canvas.height / 2);
}

// What a press of the mouse draws: one of the classes or values, or the eraser.
function brushTools(say, signal, { brush, choices, onClear }) {
  const kinds = node("div", { class: "nbk-brushes", role: "group" });
  const erase = node("button", { type: "button" }, say("erase"));
  const clear = node("button", { type: "button" }, say("clear"));
  const hint = node("p", { class: "nbk-hint" }, say("draw_here"));
  const box = node("div", { class: "nbk-draw" }, hint, kinds, node("div", { class: "nbk-brushes" }, erase, clear));
  let key = "";
  listen(erase, "click", () => pick({ erases: !brush.erases }), signal);
  listen(clear, "click", onClear, signal);

  function pick(parts) {
    Object.assign(brush, { erases: false }, parts);
    mark();
  }
  function mark() {
    setAttributes(erase, { "aria-pressed": String(brush.erases) });
    for (const button of kinds.children)
      setAttributes(button, { "aria-pressed": String(!brush.erases && Number(button.dataset.value) === brush.value) });
  }
  function draw({ data, problem }, { names }) {
    box.hidden = data !== "drawn";
    const isNumber = problem === "regression";
    const count = Math.min(Math.max(2, names.length) + 1, choices.most_classes);
    const values = isNumber ? [-1, 0, 1] : Array.from({ length: count }, (_, i) => i);
    const now = `${problem} ${values}`;
    if (now === key) return;
    key = now;
    if (!values.includes(brush.value)) brush.value = values.at(isNumber ? -1 : 0);
    setAttributes(kinds, { "aria-label": say(isNumber ? "draw_value" : "draw_as") });
    kinds.replaceChildren(
      ...values.map((value) => {
        const swatch = isNumber ? null : node("i", { class: `nbk-swatch nbk-class-${value}` });
        const text = isNumber ? String(value).replace("-", "−") : say("class_n", { n: value });
        const button = node("button", { type: "button", "data-value": value }, swatch, text);
        listen(button, "click", () => pick({ value }), signal);
        return button;
      }),
    );
    mark();
  }
  return { box, draw };
}
