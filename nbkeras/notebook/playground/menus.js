// The menus: learning rate, activation, regularization, optimizer, problem.
import { focusedIn, listen, node } from "../widget/dom.js";

const RATES = [0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const PENALTIES = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

export function menuBar(model, say, signal, onSetting) {
  const choices = model.get("choices");
  const menus = [
    menu("learning_rate", RATES, String),
    menu("activation", choices.activations, String),
    menu("optimizer", Object.keys(choices.optimizers), String),
    menu("regularization", choices.regularizations, say),
    menu("regularization_rate", PENALTIES, String),
    menu("problem", Object.keys(choices.data), say),
  ];
  const seed = node("input", { type: "number", min: 0, step: 1, class: "nbk-exact" });
  listen(
    seed,
    "change",
    () => {
      const value = Math.max(0, Math.round(Number(seed.value) || 0));
      onSetting({ seed: value });
    },
    signal,
  );
  const bar = node(
    "div",
    { class: "nbk-menus", role: "group", "aria-label": say("settings") },
    ...menus.map(({ label }) => label),
    node("label", { class: "nbk-field" }, node("span", {}, say("seed")), seed),
  );

  function menu(name, values, text) {
    const select = node("select", { "aria-label": say(name) });
    const isNumber = typeof values[0] === "number";
    listen(select, "change", () => onSetting({ [name]: isNumber ? Number(select.value) : select.value }), signal);
    const label = node("label", { class: "nbk-field" }, node("span", {}, say(name)), select);
    return { name, select, label, values, text, isNumber };
  }

  // A value that is not in the menu, such as a rate from a cell, is added to it.
  function show({ select, values, text, isNumber }, value) {
    const all = values.includes(value)
      ? values
      : isNumber
        ? [...values, value].sort((a, b) => a - b)
        : [...values, value];
    if (select.options.length !== all.length || !all.every((entry, i) => select.options[i].value === String(entry)))
      select.replaceChildren(...all.map((entry) => node("option", { value: String(entry) }, text(entry))));
    if (select.value !== String(value)) select.value = String(value);
  }

  function draw() {
    const settings = model.get("settings");
    for (const entry of menus)
      show(entry, entry.name === "learning_rate" ? short(model.get("rate")) : settings[entry.name]);
    menus[4].select.disabled = settings.regularization === "none";
    if (focusedIn(seed) !== seed) seed.value = settings.seed;
  }
  return { bar, draw };
}

// A float32 without the digits of its rounding.
const short = (value) => Number(value.toPrecision(6));
