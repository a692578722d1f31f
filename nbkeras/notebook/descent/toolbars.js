// The toolbars of the lab: the function, the settings, the plane through the weights.
import { slider } from "../widget/controls.js";
import { focusedIn, freshId, listen, node, setAttributes, setText, svg } from "../widget/dom.js";

// The function to minimise: a list of built-in ones and a field for a formula.
export function topBar(model, say, signal, { onFormula }) {
  const { functions } = model.get("choices");
  const pick = node(
    "select",
    { "aria-label": say("function") },
    ...Object.keys(functions).map((name) => node("option", { value: name }, say(name))),
    node("option", { value: "" }, say("own")),
  );
  const field = node("input", {
    type: "text",
    spellcheck: "false",
    autocomplete: "off",
    "aria-label": say("formula"),
    class: "nbk-formula",
  });
  const go = node("button", { type: "submit" }, say("use_formula"));
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
      pick.value = now in functions ? now : "";
      field.value = functions[now] ?? now;
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
      if (focusedIn(field) !== field) field.value = start[i];
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
    for (const { name, box: tick, label } of arrows) {
      tick.checked = Boolean(view[name]);
      label.hidden = name !== "gradient" && model.get("kind") === "model";
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

// The plane through a model's weights, and the progress of the computation.
export function modelBar(model, say, signal, kernel, { onPlane, onPicked, onAgain }) {
  const plane = node("select", { "aria-label": say("plane") });
  const again = node("button", { type: "button" }, say("other_plane"));
  const list = node("datalist", { id: freshId("weights") });
  const fields = [1, 2].map((n) =>
    node("input", {
      type: "text",
      spellcheck: "false",
      autocomplete: "off",
      list: list.id,
      class: "nbk-picked",
      "aria-label": say("picked", { n }),
    }),
  );
  const go = node("button", { type: "submit" }, say("use_these"));
  const form = node("form", { class: "nbk-form" }, ...fields, go, list);
  const facts = node("p", { class: "nbk-facts" });
  const fill_ = node("div", { class: "nbk-fill" });
  const progress = node(
    "div",
    { class: "nbk-bar", role: "progressbar", "aria-label": say("computing"), "aria-valuemin": 0, "aria-valuemax": 100 },
    fill_,
  );
  const status = node("span", { class: "nbk-what", role: "status" });
  const stop = node("button", { type: "button" }, say("cancel"));
  const work = node("div", { class: "nbk-work" }, status, progress, stop);
  const bar = node("div", { class: "nbk-model" }, plane, again, form, facts, work);
  listen(plane, "change", () => onPlane(plane.value), signal);
  listen(again, "click", onAgain, signal);
  listen(
    form,
    "submit",
    (event) => {
      event.preventDefault();
      onPicked(fields.map((field) => field.value.trim()));
    },
    signal,
  );
  const stopped = () => model.get("busy").what === "stopped";
  listen(stop, "click", () => model.send({ do: stopped() ? "compute" : "cancel" }), signal);

  function draw() {
    bar.hidden = model.get("kind") !== "model";
    if (bar.hidden) return;
    const names = model.get("planes");
    if (plane.options.length !== names.length)
      plane.replaceChildren(...names.map((name) => node("option", { value: name }, say(`plane_${name}`))));
    plane.value = model.get("plane");
    again.hidden = plane.value !== "random";
    form.hidden = plane.value !== "weights";
    list.replaceChildren(...model.get("weights").map((name) => node("option", { value: `${name}[0, 0]` })));
    fields.forEach((field, i) => {
      if (focusedIn(field) !== field) field.value = model.get("picked")[i] ?? "";
    });
    const { rows, count, explained } = model.get("facts");
    const share = explained?.length ? say("explained", { a: explained[0], b: explained[1] }) : "";
    const sentences = [
      rows ? say("facts", { rows, count: count.toLocaleString("en") }) : "",
      rows && plane.value === "random" ? say("random_note") : share,
      model.get("recorded").byteLength ? say("recorded_note") : "",
    ];
    setText(facts, sentences.filter(Boolean).join(say("gap")));
    const { what: doing, done } = model.get("busy");
    work.hidden = !doing || kernel.isGone();
    if (work.hidden) return;
    const percent = Math.round((done ?? 0) * 100);
    setText(status, say(`busy_${doing}`));
    setAttributes(progress, { "aria-valuenow": percent });
    progress.hidden = doing === "stopped";
    fill_.style.width = `${percent}%`;
    setText(stop, say(doing === "stopped" ? "go_on" : "cancel"));
  }
  return { bar, draw };
}
