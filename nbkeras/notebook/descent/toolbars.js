// The lab's bars: what is walked on, settings.
import { slider } from "../widget/controls.js";
import { listen, node, setAttributes, setText, svg } from "../widget/prelude.js";

// What is walked on: a list of functions and a field for one's own.
export function topBar(model, say, signal, { onFormula }) {
  const { grounds } = model.get("choices");
  const pick = node(
    "select",
    { "aria-label": say("ground") },
    ...Object.keys(grounds).map((name) => node("option", { value: name }, say(name))),
    node("option", { value: "" }, say("own")),
  );
  const field = node("input", {
    type: "text",
    spellcheck: "false",
    autocomplete: "off",
    "aria-label": say("formula"),
    class: "nbk-formula",
  });
  const go = node("button", { type: "submit" }, say("walk_on"));
  const form = node("form", { class: "nbk-form" }, pick, field, go);
  const name = node("strong", { class: "nbk-title" });
  const trouble = node("p", { class: "nbk-trouble", role: "status" });
  const bar = node("div", { class: "nbk-top" }, name, form, trouble);
  listen(pick, "change", () => (pick.value ? onFormula(pick.value) : field.focus()), signal);
  listen(
    form,
    "submit",
    (event) => {
      event.preventDefault();
      if (field.value.trim()) onFormula(field.value.trim());
    },
    signal,
  );
  let formula = null;
  function draw() {
    form.hidden = model.get("kind") !== "function";
    const now = model.get("formula");
    if (now !== formula) {
      formula = now;
      pick.value = now in grounds ? now : "";
      field.value = grounds[now] ?? now;
    }
    const kind = model.get("kind");
    setText(
      name,
      kind === "model"
        ? say("model_title", { name: model.get("name") })
        : say(kind === "line" ? "line_title" : "title"),
    );
    setText(trouble, model.get("trouble"));
  }
  return { bar, draw };
}

const SAMPLES = {
  gradient: { d: "M1 6H19M14 2l5 4l-5 4" },
  velocity: { d: "M1 6H19M14 2l5 4l-5 4", "stroke-dasharray": "4 2" },
  scale: { d: "M1 6a10 4.5 0 1 0 20 0a10 4.5 0 1 0-20 0" },
};

// Start, noise and arrows.
export function settingsBar(model, say, signal, { onNoise, onBatch, onAgain, onView, onStart }) {
  const starts = node("div", { class: "nbk-starts" });
  const noise = slider(say("noise"), say("noise"), { min: 0, max: 1, step: 0.01 });
  const batch = slider(say("batch"), say("batch"), { min: 1, max: 2, step: 1 });
  const again = node("button", { type: "button" }, say("again"));
  const arrows = ["gradient", "velocity", "scale"].map((name) => {
    const box = node("input", { type: "checkbox" });
    listen(box, "change", () => onView({ [name]: box.checked }), signal);
    const sample = svg(
      "svg",
      { class: "nbk-sample", width: 22, height: 12, "aria-hidden": "true" },
      svg("path", SAMPLES[name]),
    );
    return { name, box, label: node("label", { class: "nbk-tick" }, box, sample, say(`${name}_arrow`)) };
  });
  const box = node(
    "div",
    { class: "nbk-settings" },
    starts,
    noise.box,
    batch.box,
    again,
    node("fieldset", { class: "nbk-ticks" }, node("legend", {}, say("arrows")), ...arrows.map((a) => a.label)),
  );
  listen(noise.input, "input", () => onNoise(Number(noise.input.value)), signal);
  listen(noise.exact, "change", () => onNoise(Math.max(Number(noise.exact.value) || 0, 0)), signal);
  const all = () => model.get("points").length;
  const toBatch = (value) => onBatch(value >= all() ? 0 : Math.max(Math.round(value), 1));
  listen(batch.input, "input", () => toBatch(Number(batch.input.value)), signal);
  listen(batch.exact, "change", () => toBatch(Number(batch.exact.value) || all()), signal);
  listen(again, "click", onAgain, signal);

  function draw() {
    const names = model.get("names");
    if ([...starts.children].map((e) => e.dataset.name).join() !== names.join()) {
      starts.replaceChildren(...names.map((name, i) => startField(name, i)));
    }
    const start = model.get("start");
    [...starts.children].forEach((label, i) => {
      const field = label.querySelector("input");
      if (field.ownerDocument.activeElement !== field) field.value = start[i];
    });
    const line = model.get("kind") === "line";
    noise.box.hidden = model.get("kind") !== "function";
    batch.box.hidden = !line;
    const most = model.get("noise_most");
    setAttributes(noise.input, { max: most, step: most / 100 });
    noise.input.value = model.get("noise");
    noise.say(model.get("noise"));
    setAttributes(batch.input, { max: Math.max(all(), 1) });
    batch.input.value = model.get("batch") || all();
    batch.say(model.get("batch") || all());
    again.hidden = line ? !model.get("batch") : !model.get("noise");
    const view = model.get("view");
    for (const each of arrows) {
      each.box.checked = Boolean(view[each.name]);
      each.label.hidden = each.name !== "gradient" && model.get("kind") === "model";
    }
  }
  function startField(name, i) {
    const field = node("input", { type: "number", step: "any", class: "nbk-exact" });
    listen(
      field,
      "change",
      () => {
        const start = [...model.get("start")];
        if (field.value !== "" && Number.isFinite(Number(field.value))) start[i] = Number(field.value);
        onStart(start);
      },
      signal,
    );
    return node("label", { "data-name": name }, `${say("start")} ${name}`, field);
  }
  return { box, draw };
}
