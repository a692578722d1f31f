// A control for every argument, in groups.
import { slider } from "../widget/controls.js";
import { focusedIn, listen, node, setAttributes, setText } from "../widget/dom.js";

const HELP = "help_"; // key prefix of the help texts of arguments

export function settingsPanel(model, say, signal, { onValues }) {
  const box = node("div", { class: "nbk-settings", role: "group", "aria-label": say("settings") });
  let rows = [];
  let built = "";
  const change = (key, value) => onValues({ ...model.get("values"), [key]: value });
  function build() {
    const controls = model.get("controls");
    const now = JSON.stringify(controls);
    if (now === built) return;
    built = now;
    const groups = new Map();
    rows = controls.map((control) => {
      const row = controlRow(control, say, signal, (value) => change(control.key, value));
      groups.set(control.group, [...(groups.get(control.group) ?? []), row.box]);
      return { control, row };
    });
    // Groups that are rarely needed are initially closed.
    box.replaceChildren(
      ...[...groups].map(([name, inner]) =>
        node(
          "details",
          { class: "nbk-group", open: !["scaling", "reading"].includes(name) },
          node("summary", {}, say(name)),
          ...inner,
        ),
      ),
    );
  }
  function draw() {
    build();
    const values = model.get("values");
    for (const { control, row } of rows) row.draw(values[control.key]);
  }
  return { box, draw };
}

function controlRow(control, say, signal, onChange) {
  const make = { switch: switchRow, number: numberRow, pair: pairRow, choice: choiceRow, field: fieldRow }[
    control.kind
  ];
  const row = make(
    control,
    `${control.name}${/^\d/.test(control.key) ? ` (${control.group})` : ""}`,
    say,
    signal,
    onChange,
  );
  const help = say(HELP + control.name);
  if (!help.startsWith(HELP)) setAttributes(row.box, { title: help });
  return row;
}

const rounded = (value, step) => Number((Math.round(value / step) * step).toPrecision(7));
const argument = (name) => node("code", { class: "nbk-arg" }, name);

function switchRow({ name }, label, _say, signal, onChange) {
  const tick = node("input", { type: "checkbox", "aria-label": label });
  listen(tick, "change", () => onChange(tick.checked), signal);
  const box = node("label", { class: "nbk-row nbk-switch" }, tick, argument(name));
  return {
    box,
    draw: (value) => {
      tick.checked = Boolean(value);
    },
  };
}

function numberRow({ name, min, max, step }, label, _say, signal, onChange) {
  const control = slider(label, name, { min, max, step });
  const ownValue = node("span", { class: "nbk-kept" });
  const box = node("div", { class: "nbk-row" }, control.box, ownValue);
  listen(control.input, "input", () => onChange(rounded(Number(control.input.value), step)), signal);
  const takeExact = () => control.exact.value !== "" && onChange(Number(control.exact.value));
  listen(control.exact, "change", takeExact, signal);
  function draw(value) {
    const own = value !== null && typeof value === "object";
    setText(ownValue, own ? `= ${value.kept}` : "");
    ownValue.hidden = !own;
    control.input.value = own ? min : value;
    if (own) control.exact.value = "";
    else control.say(value);
  }
  return { box, draw };
}

// The two ends of a range; "alike" makes one slider move both.
function pairRow({ name, min, max, step, centre, optional }, label, say, signal, onChange) {
  const labelled = (part) => say("labelled", { label, text: say(part) });
  const ends = ["low", "high"].map((end) => slider(labelled(end), say(end), { min, max, step }));
  const alike = node("input", { type: "checkbox", "aria-label": labelled("alike") });
  const on = optional ? node("input", { type: "checkbox", "aria-label": label }) : null;
  const head = node(
    "div",
    { class: "nbk-pair-head" },
    node(optional ? "label" : "span", {}, on, argument(name)),
    node("label", { class: "nbk-tick" }, alike, say("alike")),
  );
  const box = node("div", { class: "nbk-row nbk-range" }, head, ...ends.map((e) => e.box));
  const mirror = (value) => (centre === null ? value : 2 * centre - value);
  let now = null;
  let asked = null; // the reader's choice of "alike"; null until they choose
  const isAlike = ([low, high]) => Math.abs(mirror(low) - high) < step / 2;
  const put = (which, value) => {
    const pair = [...now];
    pair[which] = value;
    if (alike.checked) pair[1 - which] = rounded(mirror(value), step / 1000);
    else if (pair[0] > pair[1]) pair[1 - which] = value;
    onChange(pair[0] > pair[1] ? [pair[1], pair[0]] : pair);
  };
  ends.forEach(({ input, exact }, i) => {
    listen(input, "input", () => put(i, rounded(Number(input.value), step)), signal);
    listen(exact, "change", () => exact.value !== "" && put(i, Number(exact.value)), signal);
  });
  listen(
    alike,
    "change",
    () => {
      asked = alike.checked;
      if (asked) put(1, now[1]);
      else draw(now);
    },
    signal,
  );
  if (on)
    listen(
      on,
      "change",
      () => onChange(on.checked ? [centre - 0.2, centre + 0.2].map((v) => rounded(v, step)) : null),
      signal,
    );
  function draw(value) {
    const set = value !== null && value !== undefined;
    if (on) on.checked = set;
    alike.parentElement.hidden = !set;
    for (const end of ends) end.box.hidden = !set;
    if (!set) return;
    now = value;
    alike.checked = (asked ?? true) && isAlike(value);
    ends[0].box.hidden = alike.checked;
    ends.forEach((end, i) => {
      end.input.value = value[i];
      end.say(value[i]);
    });
  }
  return { box, draw };
}

function choiceRow({ name, options }, label, _say, signal, onChange) {
  const text = (value) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? value.kept
      : value === null
        ? "None"
        : Array.isArray(value)
          ? `(${value.join(", ")})`
          : fraction(value);
  const pick = node(
    "select",
    { "aria-label": label },
    ...options.map((value, i) => node("option", { value: i }, text(value))),
  );
  listen(pick, "change", () => onChange(options[Number(pick.value)]), signal);
  const box = node("div", { class: "nbk-row nbk-choice" }, argument(name), pick);
  const draw = (value) => {
    const index = options.findIndex((option) => JSON.stringify(option) === JSON.stringify(value));
    pick.value = String(index);
  };
  return { box, draw };
}

// Show 1/255 and 1/127.5 as fractions.
function fraction(value) {
  for (const base of [255, 127.5])
    if (typeof value === "number" && Math.abs(value * base - 1) < 1e-9) return `1/${base}`;
  return String(value);
}

function fieldRow({ name }, label, _say, signal, onChange) {
  const field = node("input", {
    type: "number",
    min: 0,
    step: 1,
    placeholder: "None",
    class: "nbk-exact",
    "aria-label": label,
  });
  listen(
    field,
    "change",
    () => onChange(field.value === "" ? null : Math.max(0, Math.round(Number(field.value)))),
    signal,
  );
  const box = node("div", { class: "nbk-row nbk-choice" }, argument(name), field);
  const draw = (value) => {
    if (focusedIn(field) !== field) field.value = value ?? "";
  };
  return { box, draw };
}
