// Reads: controls, values, at, seed, mode, view, strip, labels, original, original_shape,
// pictures, shape, corners, invented, names, mixtures, code, range, notes, skipped, smaller, trouble,
// ask, answered, words, static_copy.
// Writes: values, at, seed, mode, view, ask.
// Sends: keep.

import { codeBox } from "../widget/controls.js";
import { focusedIn, freshId, listen, node, root, setAttributes, setText, svg } from "../widget/dom.js";
import { kernelRequests } from "../widget/kernel_requests.js";
import { numbers, speaker, watch } from "../widget/traits.js";
import { settingsPanel } from "./settings.js";
import { gridView, originalView, stripView } from "./variants.js";

const SEEDS = 10000; // number of seeds that the dice button draws from

function render({ model, el, kernel }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const box = root(model, el, "studio");
  const late = node("p", { class: "nbk-late", role: "status" });
  const { save } = kernelRequests(model, signal, {
    kernel,
    onWait: (waiting) => setAttributes(box, { "aria-busy": String(waiting) }),
    onLate: (isLate) => setText(late, kernel.isGone() ? say("kernel_gone") : isLate ? say("waiting") : ""),
  });
  const views = createViews(model, say, signal, save);
  const trouble = node("p", { class: "nbk-trouble", role: "status" });
  const notes = node("ul", { class: "nbk-notes" });
  const aloud = node("div", { class: "nbk-aloud", role: "status", "aria-live": "polite" });
  const lower = node("div", { class: "nbk-room" }, pictureArea(views, notes, say), views.panel.box);
  box.append(views.bar.bar, trouble, late, lower, views.code.box, aloud);

  function draw() {
    const state = readPictures(model);
    views.grid.draw({ ...state, range: model.get("range") });
    views.drawOriginal();
    notes.replaceChildren(...noteLines(model, say, state).map((text) => node("li", {}, text)));
    setText(trouble, model.get("trouble"));
    setText(
      aloud,
      state.chosen >= 0 ? state.mixtures[state.chosen] || state.names[state.chosen] : say("made", { n: state.n }),
    );
  }
  const pictures = ["pictures", "shape", "corners", "invented", "names", "mixtures", "range", "skipped", "original"];
  watch(model, [...pictures, "view", "notes", "trouble"], draw, signal);
  watch(model, ["values", "controls"], views.panel.draw, signal);
  watch(model, ["at", "strip", "labels"], views.strip.draw, signal);
  watch(model, ["mode", "seed", "view"], views.bar.draw, signal);
  watch(model, ["code"], views.code.draw, signal);
  return () => off.abort();
}

// All views of the page. User input is sent to the kernel, which responds.
function createViews(model, say, signal, save) {
  let pointed = -1; // index of the variant under the pointer
  const changeView = (parts) => {
    model.set("view", { ...model.get("view"), ...parts });
    model.save_changes();
  };
  const original = originalView(say);
  const drawOriginal = () => {
    const state = readPictures(model);
    original.draw({
      ...state,
      pixels: numbers(model.get("original"), Uint8Array),
      size: model.get("original_shape"),
      strong: pointed >= 0 && pointed < state.n ? pointed : state.chosen,
      label: model.get("labels")[model.get("at")],
    });
  };
  const point = (i) => {
    pointed = i;
    drawOriginal();
  };
  const code = codeBox(model, say, signal);
  code.box.open = true;
  return {
    bar: topBar(model, say, signal, {
      onMode: (mode) => save("mode", mode),
      onSeed: (seed) => save("seed", seed),
      onView: changeView,
    }),
    panel: settingsPanel(model, say, signal, { onValues: (values) => save("values", values) }),
    strip: stripView(model, say, signal, { onAt: (at) => save("at", at) }),
    grid: gridView(say, signal, {
      onChosen: (i) => changeView({ chosen: i === model.get("view").chosen ? -1 : i }),
      onPoint: point,
    }),
    original,
    drawOriginal,
    code,
  };
}

function pictureArea({ original, strip, grid }, notes, say) {
  const caption = node("figcaption", {}, say("original"));
  const first = node("figure", { class: "nbk-first" }, caption, original.face, strip.box);
  const variants = node("figure", { class: "nbk-rest" }, grid.title, grid.box);
  return node("div", { class: "nbk-look" }, node("div", { class: "nbk-pair" }, first, variants), notes);
}

// The variants in serialised form, and the index of the selected one, -1 for none.
function readPictures(model) {
  const [n, height, width, channels] = model.get("shape");
  const view = model.get("view");
  return {
    n,
    height,
    width,
    channels,
    view,
    chosen: view.chosen < n ? view.chosen : -1,
    names: model.get("names"),
    mixtures: model.get("mixtures"),
    extremes: model.get("mode") === "extremes",
    pictures: numbers(model.get("pictures"), Uint8Array),
    corners: numbers(model.get("corners")),
    invented: numbers(model.get("invented"), Uint8Array),
  };
}

// Notes on these pictures and settings.
function noteLines(model, say, { corners, names, extremes }) {
  const lines = model.get("notes").map((key) => say(key));
  if (extremes && names[0] === "") lines.push(say("no_ranges"));
  if (!corners.length) lines.push(say("no_outline"));
  if (model.get("smaller")) lines.push(say("smaller"));
  const skipped = model.get("skipped");
  if (skipped.length) lines.push(say("skipped", { n: skipped.length }), ...skipped.slice(0, 5));
  return lines;
}

function topBar(model, say, signal, { onMode, onSeed, onView }) {
  const modes = ["variants", "extremes"].map((mode) => {
    const button = node("button", { type: "button" }, say(mode));
    listen(button, "click", () => onMode(mode), signal);
    return button;
  });
  const id = freshId("seed");
  const seed = node("input", { id, type: "number", min: 0, step: 1, class: "nbk-exact" });
  const dice = node("button", { type: "button", class: "nbk-dice", title: say("dice_help") }, diceIcon(), say("dice"));
  const ticks = ["outline", "invented"].map((name) => {
    const tick = node("input", { type: "checkbox" });
    listen(tick, "change", () => onView({ [name]: tick.checked }), signal);
    return { name, tick, label: node("label", { class: "nbk-tick" }, tick, say(name)) };
  });
  listen(dice, "click", () => onSeed(1 + Math.floor(Math.random() * SEEDS)), signal);
  listen(seed, "change", () => onSeed(Math.min(Math.max(Math.round(Number(seed.value)) || 0, 0), 2 ** 31 - 1)), signal);
  const bar = node(
    "div",
    { class: "nbk-top" },
    node("strong", { class: "nbk-title" }, say("title")),
    node("div", { class: "nbk-modes", role: "group", "aria-label": say("shown") }, ...modes),
    node("label", { for: id }, say("seed")),
    seed,
    dice,
    ...ticks.map((tick) => tick.label),
  );
  function draw() {
    modes.forEach((button, i) =>
      setAttributes(button, { "aria-pressed": String(model.get("mode") === ["variants", "extremes"][i]) }),
    );
    if (focusedIn(seed) !== seed) seed.value = model.get("seed");
    for (const { name, tick } of ticks) tick.checked = Boolean(model.get("view")[name]);
  }
  return { bar, draw };
}

function diceIcon() {
  const dots = [
    [4.5, 4.5],
    [11.5, 11.5],
    [8, 8],
    [4.5, 11.5],
    [11.5, 4.5],
  ].map(([cx, cy]) => svg("circle", { cx, cy, r: 1.3 }));
  return svg(
    "svg",
    { class: "nbk-icon", viewBox: "0 0 16 16", width: 15, height: 15, "aria-hidden": "true" },
    svg("rect", { x: 1, y: 1, width: 14, height: 14, rx: 3 }),
    ...dots,
  );
}

export default { render };
