// Reads: name, drawing, facts, totals, opened, chosen, detail, pixels, status, note,
// mistake, remark, words, static_copy.
// Writes: opened, chosen.

import { listen, node, numbers, root, setAttributes, setText, speaker, svg, watch } from "../widget/prelude.js";
import { drawBlocks } from "./blocks.js";
import { inspectLayer, rowTable } from "./inspector.js";

const NARROW = 640;
const ZOOM = { least: 0.4, most: 2.5, step: 1.25 };

function render({ model, el }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const save = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  const box = root(model, el, "model-view");
  const local = { way: null, zoom: null, at: null, over: null, focused: null, wide: 0, scope: null };

  const word = node("span", { class: "nbk-word", role: "status" });
  const turn = node("button", { type: "button" });
  const smaller = node("button", { type: "button", "aria-label": say("smaller") }, "−");
  const larger = node("button", { type: "button", "aria-label": say("larger") }, "+");
  const fold = node("button", { type: "button" }, say("fold_all"));
  const tools = node(
    "div",
    { class: "nbk-tools", role: "group", "aria-label": say("controls") },
    fold,
    turn,
    smaller,
    larger,
  );
  const face = svg("svg", {
    class: "nbk-face",
    role: "group",
    "aria-label": `${say("layers_of", { name: model.get("name") })}. ${say("keys")}`,
  });
  const scroll = node("div", { class: "nbk-scroll" }, face);
  const peek = node("div", { class: "nbk-peek" });
  const note = node("p", { class: "nbk-note", role: "status" });
  const remark = node("p", { class: "nbk-remark" });
  const wrong = node("div", { class: "nbk-wrong", role: "alert" });
  const inspector = node("div", {
    class: "nbk-inspector",
    role: "region",
    "aria-label": say("inspector", { name: "" }),
  });
  const title = node("strong", {}, say("title", { name: model.get("name") }));
  box.append(node("div", { class: "nbk-top" }, title, word, tools), scroll, wrong, note, remark, peek, inspector);

  const shown = () => model.get("drawing")[way()] ?? { width: 0, height: 0, blocks: [], ways: [], frames: [] };
  const fits = () => zoomThatFits(model.get("drawing").LR?.width ?? 0, local.wide);
  const way = () => local.way ?? (local.wide < NARROW && fits() < 0.75 ? "TB" : "LR");
  const zoom = () => local.zoom ?? (way() === "LR" ? Math.max(fits(), 0.75) : 1);

  function draw() {
    const drawing = shown();
    const facts = model.get("facts");
    const keys = drawing.blocks.map((block) => block.key);
    const active = /** @type {SVGElement} */ (document.activeElement);
    const held = face.contains(active) ? active : null;
    const kept = held?.dataset.key ?? held?.dataset.frame;
    if (!keys.includes(local.at)) local.at = keys[0] ?? null;
    drawBlocks(face, drawing, facts, {
      dashed: model.get("remark") !== "",
      chosen: model.get("chosen"),
      current: local.at,
      say,
    });
    setAttributes(face, { width: drawing.width * zoom(), height: drawing.height * zoom() });
    if (held) (find(kept) ?? find(local.at))?.focus();
    setText(turn, say(way() === "LR" ? "down" : "across"));
    fold.hidden = model.get("opened").length === 0;
    tools.hidden = keys.length === 0;
    drawWords();
    drawPeek();
  }

  function drawWords() {
    const status = model.get("status");
    setText(word, status ? say(status) : "");
    setAttributes(word, { class: `nbk-word${status ? ` nbk-word-${status}` : ""}` });
    setText(note, model.get("note"));
    setText(remark, model.get("drawing").LR?.blocks.length ? model.get("remark") : say("empty"));
    const wrongs = model.get("mistake");
    const rows = ["came", "needed", "write"].filter((key) => wrongs[key]).map((key) => [say(key), wrongs[key]]);
    wrong.replaceChildren(
      ...(wrongs.message ? [node("p", {}, wrongs.message)] : []),
      ...(wrongs.source
        ? [node("code", {}, `${wrongs.line ? `${say("wrong_line", { line: wrongs.line })}: ` : ""}${wrongs.source}`)]
        : []),
      ...(rows.length ? [rowTable(rows)] : []),
    );
  }

  // The layer pointed at, with the focus, or looked into; else the whole model.
  function drawPeek() {
    const said = model.get("facts")[local.over ?? local.focused ?? model.get("chosen")];
    const all = model.get("totals");
    peek.hidden = all.length === 0;
    if (said) peek.replaceChildren(node("strong", {}, said.name), rowTable(said.rows));
    else
      peek.replaceChildren(
        node("strong", {}, say(model.get("mistake").message ? "so_far" : "whole")),
        rowTable(all),
        node("p", { class: "nbk-soft" }, say("hint")),
      );
  }

  function drawInspector() {
    local.scope?.abort();
    local.scope = new AbortController();
    const detail = model.get("detail");
    inspector.hidden = !detail.key;
    if (!detail.key) return inspector.replaceChildren();
    setAttributes(inspector, { "aria-label": say("inspector", { name: detail.name }) });
    const pixels = numbers(model.get("pixels"), Uint8Array);
    inspector.replaceChildren(
      ...inspectLayer(detail, pixels, { say, onClose: () => choose(""), signal: local.scope.signal }),
    );
  }

  const find = (key) =>
    [...face.querySelectorAll("[data-key], [data-frame]")].find(
      (each) => (each.dataset.key ?? each.dataset.frame) === key,
    );

  function choose(key) {
    save("chosen", key);
    draw();
    if (!key) find(local.at)?.focus();
  }

  function press(target) {
    const { key, frame } = target.dataset;
    const opened = model.get("opened");
    if (frame !== undefined)
      return save(
        "opened",
        opened.filter((each) => each !== frame),
      );
    local.at = key;
    if (model.get("facts")[key]?.opens) save("opened", [...opened, key]);
    else if (!key.startsWith("mistake:")) choose(model.get("chosen") === key ? "" : key);
  }

  function step(by) {
    const keys = shown().blocks.map((block) => block.key);
    const at = Math.min(Math.max(keys.indexOf(local.at) + by, 0), keys.length - 1);
    local.at = keys[at];
    for (const each of face.querySelectorAll("[data-key]"))
      setAttributes(each, { tabindex: each.dataset.key === local.at ? 0 : -1 });
    find(local.at)?.focus();
  }

  const target = (event) => event.target.closest?.("[data-key], [data-frame]");
  listen(face, "click", (event) => target(event) && press(target(event)), signal);
  listen(
    face,
    "pointerover",
    (event) => {
      local.over = target(event)?.dataset.key ?? null;
      drawPeek();
    },
    signal,
  );
  listen(
    face,
    "pointerleave",
    () => {
      local.over = null;
      drawPeek();
    },
    signal,
  );
  listen(
    face,
    "focusin",
    (event) => {
      local.focused = target(event)?.dataset.key ?? null;
      local.at = local.focused ?? local.at;
      drawPeek();
    },
    signal,
  );
  listen(
    face,
    "focusout",
    () => {
      local.focused = null;
      drawPeek();
    },
    signal,
  );
  listen(
    face,
    "keydown",
    (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -1e6, End: 1e6 }[event.key];
      if (by) step(by);
      else if ((event.key === "Enter" || event.key === " ") && target(event)) press(target(event));
      else if (event.key === "Escape" && model.get("chosen")) choose("");
      else return;
      event.preventDefault();
    },
    signal,
  );
  listen(
    turn,
    "click",
    () => {
      local.way = way() === "LR" ? "TB" : "LR";
      local.zoom = null;
      draw();
    },
    signal,
  );
  const zoomBy = (factor) => {
    local.zoom = Math.min(Math.max(zoom() * factor, ZOOM.least), ZOOM.most);
    draw();
  };
  listen(larger, "click", () => zoomBy(ZOOM.step), signal);
  listen(smaller, "click", () => zoomBy(1 / ZOOM.step), signal);
  listen(fold, "click", () => save("opened", []), signal);

  const size = new ResizeObserver(() =>
    requestAnimationFrame(() => {
      if (signal.aborted || scroll.clientWidth === local.wide) return;
      local.wide = scroll.clientWidth;
      draw();
    }),
  );
  size.observe(scroll);
  local.wide = scroll.clientWidth;
  signal.addEventListener("abort", () => {
    size.disconnect();
    local.scope?.abort();
  });
  watch(model, ["drawing", "facts", "status", "note", "mistake", "remark", "totals", "opened"], draw, signal);
  watch(
    model,
    ["detail", "pixels", "chosen"],
    () => {
      draw();
      drawInspector();
    },
    signal,
  );
  return () => off.abort();
}

// 1 where a picture of this width has room, less where it must shrink.
export function zoomThatFits(width, room) {
  return room && width > room ? room / width : 1;
}

export default { render };
