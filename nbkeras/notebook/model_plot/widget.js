// Reads: name, drawing, facts, totals, opened, chosen, detail, pixels, status, note,
// mistake, remark, words, static_copy.
// Writes: opened, chosen.

import { clamp } from "../widget/charts/scales.js";
import { focusedIn, listen, node, root, setAttributes, setText, svg } from "../widget/dom.js";
import { isShortcut } from "../widget/gestures.js";
import { numbers, speaker, watch } from "../widget/traits.js";
import { drawBlocks, isWithin, markBlocks } from "./blocks.js";
import { inspectLayer, rowTable } from "./inspector.js";

const NARROW = 640;
// Edges of the scrolling window on a large diagram; `step` in window sizes.
const SIDES = {
  left: { sign: "←", step: [-0.8, 0] },
  right: { sign: "→", step: [0.8, 0] },
  top: { sign: "↑", step: [0, -0.8] },
  bottom: { sign: "↓", step: [0, 0.8] },
};
const ZOOM = { least: 0.4, most: 2.5, step: 1.25 };

function render({ model, el, kernel }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const box = root(model, el, "model-view");
  const parts = createParts(model, say);
  box.append(parts.top, parts.window, parts.late, parts.wrong, parts.note, parts.remark, parts.peek, parts.inspector);
  const save = (name, value) => {
    if (name === "opened" && kernel.isGone()) return sayGone(true); // it draws the layers
    model.set(name, value);
    model.save_changes();
  };
  // State of this page only: direction and zoom, the layer reached by Tab, the hovered
  // one, the focused one, the width, the listeners of the inspector, and what is drawn.
  const local = { way: null, zoom: null, at: null, over: null, focused: null, wide: 0, scope: null, drawn: {} };
  const sayGone = (isAsked) => setText(parts.late, isAsked && kernel.isGone() ? say("kernel_gone") : "");
  const view = { model, say, parts, local, save, kernel, sayGone };
  listenToLayers(view, signal);
  listenToTools(view, signal);
  const follow = () => {
    drawFace(view);
    drawMore(view);
  };
  listenToMore(view, signal, follow);
  const fit = () => {
    if (signal.aborted || parts.scroll.clientWidth === local.wide) return;
    local.wide = parts.scroll.clientWidth;
    draw(view);
  };
  const size = new ResizeObserver(() => requestAnimationFrame(fit));
  size.observe(parts.scroll);
  local.wide = parts.scroll.clientWidth;
  signal.addEventListener("abort", () => {
    size.disconnect();
    local.scope?.abort();
  });
  const names = ["drawing", "facts", "status", "note", "mistake", "remark", "totals", "opened"];
  watch(model, names, () => draw(view), signal);
  const drawChosen = () => {
    draw(view);
    drawInspector(view);
  };
  watch(model, ["detail", "pixels", "chosen"], drawChosen, signal);
  return () => off.abort();
}

function createParts(model, say) {
  const word = node("span", { class: "nbk-word", role: "status" });
  const turn = node("button", { type: "button" });
  const smaller = node("button", { type: "button", "aria-label": say("smaller") }, "−");
  const larger = node("button", { type: "button", "aria-label": say("larger") }, "+");
  const fold = node("button", { type: "button" }, say("fold_all"));
  const group = { role: "group", "aria-label": say("controls") };
  const tools = node("div", { class: "nbk-tools", ...group }, fold, turn, smaller, larger);
  const label = [say("layers_of", { name: model.get("name") }), say("keys")].join(say("full_stop") + say("gap"));
  const face = svg("svg", { class: "nbk-face", role: "group", "aria-label": label });
  const scroll = node("div", { class: "nbk-scroll" }, face);
  const more = Object.fromEntries(
    Object.keys(SIDES).map((side) => [side, node("button", { type: "button", class: `nbk-more nbk-more-${side}` })]),
  );
  const region = { role: "region", "aria-label": say("inspector", { name: "" }) };
  const title = node("strong", {}, say("title", { name: model.get("name") }));
  return {
    ...{ word, turn, smaller, larger, fold, tools, face, scroll, more },
    top: node("div", { class: "nbk-top" }, title, word, tools),
    window: node("div", { class: "nbk-window" }, scroll, ...Object.values(more)),
    peek: node("div", { class: "nbk-peek" }),
    late: node("p", { class: "nbk-late", role: "status" }),
    note: node("p", { class: "nbk-note", role: "status" }),
    remark: node("p", { class: "nbk-remark" }),
    wrong: node("div", { class: "nbk-wrong", role: "alert" }),
    inspector: node("div", { class: "nbk-inspector", ...region }),
  };
}

// The direction of the drawing, "LR" or "TB"; its zoom; the drawing in that direction.
const widthFit = ({ model, local }) => zoomThatFits(model.get("drawing").LR?.width ?? 0, local.wide);
const wayOf = (view) => view.local.way ?? (view.local.wide < NARROW && widthFit(view) < 0.75 ? "TB" : "LR");
const zoomOf = (view) => view.local.zoom ?? (wayOf(view) === "LR" ? Math.max(widthFit(view), 0.75) : 1);
const drawingOf = (view) =>
  view.model.get("drawing")[wayOf(view)] ?? { width: 0, height: 0, blocks: [], ways: [], frames: [] };

function draw(view) {
  const { model, say, parts, local } = view;
  const { face } = parts;
  const drawing = drawingOf(view);
  const keys = drawing.blocks.map((block) => block.key);
  const focusedKey = focusedPart(view);
  if (!keys.includes(local.at)) local.at = keys[0] ?? null;
  setAttributes(face, { width: drawing.width * zoomOf(view), height: drawing.height * zoomOf(view) });
  drawFace(view);
  if (focusedKey !== null) (find(face, focusedKey) ?? find(face, local.at))?.focus();
  setText(parts.turn, say(wayOf(view) === "LR" ? "down" : "across"));
  parts.fold.hidden = model.get("opened").length === 0;
  parts.tools.hidden = keys.length === 0;
  drawMore(view);
  drawWords(view);
  drawPeek(view);
}

// The key of the layer or frame that has the focus, or null.
function focusedPart({ parts: { face } }) {
  const active = /** @type {SVGElement | null} */ (/** @type {unknown} */ (focusedIn(face)));
  return face.contains(active) ? (active.dataset.key ?? active.dataset.frame ?? null) : null;
}

// Draw the blocks anew if the drawing has changed, or another part of a large one is seen.
function drawFace(view) {
  const { model, say, parts, local } = view;
  const { face } = parts;
  const drawing = drawingOf(view);
  const from = [drawing, model.get("facts"), model.get("remark")];
  const { part } = local.drawn;
  const isDrawn = local.drawn.from?.every((value, i) => value === from[i]);
  const shown = shownPart(view);
  if (!isDrawn || (part && !isWithin(shown, part))) {
    const focusedKey = focusedPart(view);
    const always = [local.at, focusedKey, model.get("chosen")];
    const options = { dashed: model.get("remark") !== "", say, shown, always };
    local.drawn = { from, part: drawBlocks(face, drawing, model.get("facts"), options) };
    if (focusedKey !== null) find(face, focusedKey)?.focus({ preventScroll: true });
  }
  markBlocks(face, { chosen: model.get("chosen"), current: local.at });
}

// The part of the drawing that its window shows, in units of the drawing.
function shownPart(view) {
  const { scroll } = view.parts;
  const zoom = zoomOf(view);
  return {
    left: scroll.scrollLeft / zoom,
    top: scroll.scrollTop / zoom,
    right: (scroll.scrollLeft + scroll.clientWidth) / zoom,
    bottom: (scroll.scrollTop + scroll.clientHeight) / zoom,
  };
}

// If the diagram is larger than its window: the number of layers beyond each edge.
function drawMore(view) {
  const { say, parts } = view;
  const { more } = parts;
  const shown = shownPart(view);
  for (const [side, { sign }] of Object.entries(SIDES)) {
    const n = hiddenBeyond(drawingOf(view), side, shown);
    more[side].hidden = n === 0;
    setText(more[side], say("more", { n, sign }));
  }
}

function drawWords({ model, say, parts }) {
  const status = model.get("status");
  setText(parts.word, status ? say(status) : "");
  setAttributes(parts.word, { class: `nbk-word${status ? ` nbk-word-${status}` : ""}` });
  setText(parts.note, model.get("note"));
  setText(parts.remark, model.get("drawing").LR?.blocks.length ? model.get("remark") : say("empty"));
  const { message, source, line, ...values } = model.get("mistake");
  const rows = ["came", "needed", "write"].filter((key) => values[key]).map((key) => [say(key), values[key]]);
  const place = line ? say("labelled", { label: say("wrong_line", { line }), text: source }) : source;
  parts.wrong.replaceChildren(
    ...(message ? [node("p", {}, message)] : []),
    ...(source ? [node("code", {}, place)] : []),
    ...(rows.length ? [rowTable(rows)] : []),
  );
}

// The hovered, focused or inspected layer, else the whole model.
function drawPeek({ model, say, parts: { peek }, local }) {
  const facts = model.get("facts")[local.over ?? local.focused ?? model.get("chosen")];
  const totals = model.get("totals");
  peek.hidden = totals.length === 0 || (!facts && Boolean(model.get("mistake").source));
  if (facts) return peek.replaceChildren(node("strong", {}, facts.name), rowTable(facts.rows));
  return peek.replaceChildren(
    node("strong", {}, say("whole")),
    rowTable(totals),
    node("p", { class: "nbk-soft" }, say("hint")),
  );
}

function drawInspector(view) {
  const { model, say, local } = view;
  const { inspector } = view.parts;
  local.scope?.abort();
  local.scope = new AbortController();
  const detail = model.get("detail");
  // Without a kernel it stays with the layer of which it knows.
  inspector.hidden = !detail.key || (view.kernel.isGone() && detail.key !== model.get("chosen"));
  if (inspector.hidden) return inspector.replaceChildren();
  setAttributes(inspector, { "aria-label": say("inspector", { name: detail.name }) });
  const pixels = numbers(model.get("pixels"), Uint8Array);
  const onClose = () => choose(view, "");
  return inspector.replaceChildren(...inspectLayer(detail, pixels, { say, onClose, signal: local.scope.signal }));
}

const PARTS = "[data-key], [data-frame]"; // layers, and frames around opened models
const find = (face, key) =>
  [...face.querySelectorAll(PARTS)].find((part) => (part.dataset.key ?? part.dataset.frame) === key);

// Open the inspector on a layer, or close it with "".
function choose(view, key) {
  view.save("chosen", key);
  view.sayGone(key && key !== view.model.get("detail").key);
  draw(view);
  if (!key) find(view.parts.face, view.local.at)?.focus();
}

// Handle a click: fold a frame, open a model, inspect a layer.
function activate(view, { key, frame }) {
  const { model, local, save } = view;
  const opened = model.get("opened");
  if (frame !== undefined) {
    const others = opened.filter((name) => name !== frame);
    return save("opened", others);
  }
  local.at = key;
  if (model.get("facts")[key]?.opens) save("opened", [...opened, key]);
  else if (!key.startsWith("mistake:")) choose(view, model.get("chosen") === key ? "" : key);
}

// Move the focus by a number of layers.
function moveFocus(view, by) {
  const { local } = view;
  const { face } = view.parts;
  const keys = drawingOf(view).blocks.map((block) => block.key);
  local.at = keys[clamp(keys.indexOf(local.at) + by, 0, keys.length - 1)];
  if (!find(face, local.at)) {
    // Of a large drawing, a part that is not drawn.
    const [x, y, width, height] = drawingOf(view).blocks.find((block) => block.key === local.at).box;
    const { scroll } = view.parts;
    const zoom = zoomOf(view);
    const left = (x + width / 2) * zoom - scroll.clientWidth / 2;
    const top = (y + height / 2) * zoom - scroll.clientHeight / 2;
    scroll.scrollTo({ left, top, behavior: "instant" });
  }
  drawFace(view);
  find(face, local.at)?.focus();
}

const FOCUS_KEYS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -1e6, End: 1e6 };

function listenToLayers(view, signal) {
  const { model, local } = view;
  const { face } = view.parts;
  const partOf = (event) => event.target.closest?.(PARTS);
  const point = (key) => {
    local.over = key;
    drawPeek(view);
  };
  const focus = (key) => {
    local.focused = key;
    local.at = key ?? local.at;
    drawPeek(view);
  };
  const click = (event) => {
    const part = partOf(event);
    if (part) activate(view, part.dataset);
  };
  const pressKey = (event) => {
    if (isShortcut(event)) return;
    const by = FOCUS_KEYS[event.key];
    const part = partOf(event);
    if (by) moveFocus(view, by);
    else if ((event.key === "Enter" || event.key === " ") && part) activate(view, part.dataset);
    else if (event.key === "Escape" && model.get("chosen")) choose(view, "");
    else return;
    event.preventDefault();
  };
  listen(face, "click", click, signal);
  listen(face, "pointerover", (event) => point(partOf(event)?.dataset.key ?? null), signal);
  listen(face, "pointerleave", () => point(null), signal);
  listen(face, "focusin", (event) => focus(partOf(event)?.dataset.key ?? null), signal);
  listen(face, "focusout", () => focus(null), signal);
  listen(face, "keydown", pressKey, signal);
}

function listenToTools(view, signal) {
  const { parts, local, save } = view;
  const turn = () => {
    local.way = wayOf(view) === "LR" ? "TB" : "LR";
    local.zoom = null;
    draw(view);
  };
  const zoomBy = (factor) => {
    local.zoom = clamp(zoomOf(view) * factor, ZOOM.least, ZOOM.most);
    draw(view);
  };
  listen(parts.turn, "click", turn, signal);
  listen(parts.larger, "click", () => zoomBy(ZOOM.step), signal);
  listen(parts.smaller, "click", () => zoomBy(1 / ZOOM.step), signal);
  listen(parts.fold, "click", () => save("opened", []), signal);
}

function listenToMore({ parts: { scroll, more } }, signal, redraw) {
  listen(scroll, "scroll", redraw, signal);
  for (const [side, { step }] of Object.entries(SIDES)) {
    const move = () => scroll.scrollBy({ left: step[0] * scroll.clientWidth, top: step[1] * scroll.clientHeight });
    listen(more[side], "click", move, signal);
  }
}

// Number of blocks that lie more than half beyond an edge of the visible part.
export function hiddenBeyond({ blocks, width, height }, side, shown) {
  const whole = { left: 0, top: 0, right: width, bottom: height };
  const isInside = Math.abs(whole[side] - shown[side]) < 1;
  const across = side === "left" || side === "right";
  const middles = blocks.map(({ box: [x, y, w, h] }) => (across ? x + w / 2 : y + h / 2));
  const beyond = side === "left" || side === "top" ? (at) => at < shown[side] : (at) => at > shown[side];
  return isInside ? 0 : middles.filter(beyond).length;
}

// 1 if a diagram of this width fits, less if it must be scaled down.
export function zoomThatFits(width, room) {
  return room && width > room ? room / width : 1;
}

export default { render };
