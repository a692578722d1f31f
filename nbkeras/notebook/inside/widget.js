// Reads: at, own, own_shape, unfolded, more, chosen, point, off, size, range, strip, labels,
// skipped, rows, picture, picture_shape, tiles, index, scales, tops, answer, check, zoom,
// zoom_shape, zoom_scale, kernel, kernel_shape, kernel_channels, arithmetic, reach, live,
// name, trouble, ask, answered, words, static_copy.
// Writes: at, own, own_shape, unfolded, more, chosen, point, off, ask.
// Sends: keep.

import { followTheme, PROBES, palette, shortText } from "../widget/charts/colours.js";
import { listen, node, root, setAttributes, setHidden, setText, svg } from "../widget/dom.js";
import { kernelRequests } from "../widget/kernel_requests.js";
import { paint } from "../widget/pixels.js";
import { numbers, speaker, watch } from "../widget/traits.js";
import { answerView } from "./answer.js";
import { inspectorView } from "./inspector.js";
import { nameOf, rowsView } from "./rows.js";
import { base64, sourcesView } from "./sources.js";

const WIDE_PX = 900; // width from which the selected channel has its own column
const FIRST_TILES = 16;
const MORE_TILES = 48;

function render({ model, el, kernel }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const box = root(model, el, "inside");
  const late = node("p", { class: "nbk-late", role: "status" });
  const { save } = kernelRequests(model, signal, {
    kernel,
    onWait: (waiting) => setAttributes(box, { "aria-busy": String(waiting) }),
    onLate: (isLate) => setText(late, kernel.isGone() ? say("kernel_gone") : isLate ? say("waiting") : ""),
  });
  const probes = PROBES.map((name) => node("span", { class: name, hidden: true }));
  const views = createViews(model, say, signal, save, () => drawRows());
  const { top, picture, sources, answer, rows, inspector } = views;
  const trouble = node("p", { class: "nbk-trouble", role: "status" });
  const side = node("div", { class: "nbk-side" }, picture.box, sources.box, answer.box);
  const layers = node("div", { class: "nbk-layers" }, rows.box);
  const room = node("div", { class: "nbk-room" }, side, layers, inspector.box);
  box.append(...probes, top.bar, trouble, late, room);
  let table = palette(probes);

  // Beside the rows if there is room, else below the row of the selected tile.
  function place() {
    const isWide = box.clientWidth >= WIDE_PX;
    setAttributes(room, { "data-wide": isWide });
    const row = rows.rowOf(model.get("chosen")[0]);
    if (isWide || !row) {
      if (inspector.box.parentElement !== room) room.append(inspector.box);
    } else if (row.nextSibling !== inspector.box) row.after(inspector.box);
  }
  const drawRows = () => {
    rows.draw({ ...rowsState(model), byLayer: top.isByLayer(), table });
    place();
  };
  const drawInspector = () => inspector.draw({ ...inspectorState(model, say), table });
  const redraw = () => {
    table = palette(probes);
    drawRows();
    drawInspector();
  };
  watch(model, ["rows", "tiles", "index", "scales", "tops", "chosen", "off"], drawRows, signal);
  const looked = ["chosen", "point", "zoom", "kernel", "arithmetic", "reach", "off"];
  watch(model, looked, drawInspector, signal);
  watch(model, ["picture", "picture_shape", "reach", "at"], picture.draw, signal);
  watch(model, ["at", "strip", "labels"], sources.draw, signal);
  watch(model, ["answer", "check", "off"], answer.draw, signal);
  watch(model, ["live", "off", "name"], top.draw, signal);
  watch(model, ["trouble"], () => setText(trouble, model.get("trouble")), signal);
  sayTraining(model, box, say, signal);
  followTheme(redraw, signal);
  const sizes = new ResizeObserver(place);
  sizes.observe(box);
  signal.addEventListener("abort", () => sizes.disconnect());
  return () => off.abort();
}

// Screen readers hear when a training begins and ends. In between, what changes by itself
// twice a second is silent.
function sayTraining(model, box, say, signal) {
  const aloud = node("div", { class: "nbk-aloud", role: "status" });
  box.append(aloud);
  const draw = () => {
    const isLive = "step" in model.get("live");
    setText(aloud, isLive ? say("live_begun") : aloud.textContent ? say("live_ended") : "");
    for (const part of box.querySelectorAll(".nbk-check, .nbk-place"))
      setAttributes(part, { "aria-live": isLive ? "off" : "polite" });
  };
  watch(model, ["live"], draw, signal);
}

// All views of the page. User input is sent to the kernel, which responds.
function createViews(model, say, signal, save, onScale) {
  const picture = pictureView(model, say);
  const sources = sourcesView(model, say, signal, {
    hold: picture.hold,
    seen: picture.canvas,
    onAt: (at) => save("at", at),
    onOwn: (bytes, size) => {
      save("own_shape", [size[0], size[1], size[2] === 1 ? 1 : 3]);
      save("own", base64(bytes));
      save("at", -1);
    },
  });
  const rows = rowsView(say, signal, {
    onChosen: (chosen) => {
      if (String(chosen) === String(model.get("chosen"))) return;
      save("point", pointFor(model, chosen));
      save("chosen", chosen);
    },
    onFold: (row) => save("unfolded", toggled(model.get("unfolded"), row)),
    onMore: (row) => {
      const more = model.get("more");
      save("more", { ...more, [row]: (more[row] ?? FIRST_TILES) + MORE_TILES });
    },
  });
  const inspector = inspectorView(say, signal, {
    onPoint: (point) => save("point", point),
    onSwitch: () => save("off", withToggled(model.get("off"), model.get("chosen"))),
  });
  const top = topBar(model, say, signal, { onScale, onAll: () => save("off", {}) });
  return { top, picture, sources, answer: answerView(model, say), rows, inspector };
}

const rowsState = (model) => ({
  list: model.get("rows"),
  index: model.get("index"),
  tiles: numbers(model.get("tiles"), Uint8Array),
  scales: numbers(model.get("scales")),
  tops: model.get("tops"),
  chosen: model.get("chosen"),
  off: model.get("off"),
});

function inspectorState(model, say) {
  const chosen = model.get("chosen");
  const entry = chosen.length ? model.get("rows").find(({ row }) => row === chosen[0]) : null;
  return {
    entry,
    chosen,
    name: entry ? nameOf(entry, chosen[1], say) : "",
    isOff: Boolean(entry && model.get("off")[entry.row]?.includes(chosen[1])),
    zoom: numbers(model.get("zoom"), Uint8Array),
    shape: model.get("zoom_shape"),
    size: entry?.shape.slice(0, 2) ?? [1, 1],
    point: model.get("point"),
    arithmetic: model.get("arithmetic"),
    reach: model.get("reach"),
    kernel: numbers(model.get("kernel")),
    kernelShape: model.get("kernel_shape"),
    kernelChannels: model.get("kernel_channels"),
  };
}

// The disabled channels, with one toggled.
function withToggled(off, [row, channel]) {
  const { [row]: channels = [], ...others } = off;
  const now = toggled(channels, channel);
  return now.length ? { ...others, [row]: now } : others;
}

const toggled = (list, value) => (list.includes(value) ? list.filter((item) => item !== value) : [...list, value]);

// The same pixel in the newly selected tile, or the centre if it does not exist.
function pointFor(model, [row]) {
  const entry = model.get("rows").find((candidate) => candidate.row === row);
  if (!entry || entry.flat) return [];
  const [height, width] = entry.shape;
  const [y, x] = model.get("point");
  const isSame = model.get("chosen")[0] === row && y < height && x < width;
  return isSame ? [y, x] : [Math.floor(height / 2), Math.floor(width / 2)];
}

// The input picture, with a frame around the receptive field.
function pictureView(model, say) {
  const canvas = node("canvas", { class: "nbk-seen", role: "img" });
  const frames = ["nbk-frame-under", "nbk-frame"].map((name) =>
    svg("rect", { class: name, "vector-effect": "non-scaling-stroke" }),
  );
  const over = svg("svg", { class: "nbk-over", "aria-hidden": "true", preserveAspectRatio: "none" }, ...frames);
  const hold = node("div", { class: "nbk-hold" }, canvas, over);
  const label = node("p", { class: "nbk-label" });
  const about = node("p", { class: "nbk-hint" });
  const skipped = node("ul", { class: "nbk-notes" });
  const files = model.get("skipped");
  if (files.length)
    skipped.append(...[say("skipped", { n: files.length }), ...files.slice(0, 5)].map((line) => node("li", {}, line)));
  const box = node("div", {}, hold, label, about, skipped);
  function draw() {
    const [height, width, channels] = model.get("picture_shape");
    paint(canvas, numbers(model.get("picture"), Uint8Array), height, width, channels);
    const at = model.get("at");
    const name = at < 0 ? say("yours") : model.get("labels")[at] || String(at + 1);
    setAttributes(canvas, { "aria-label": say("picture", { name }), "data-coarse": Math.max(height, width) < 128 });
    setAttributes(hold, { style: `aspect-ratio: ${width} / ${height}` });
    setAttributes(over, { viewBox: `0 0 ${width} ${height}` });
    setText(label, at < 0 ? say("yours") : (model.get("labels")[at] ?? ""));
    const [low, high] = model.get("range").map((value) => shortText(value));
    setText(about, say("seen_as", { width, height, low, high }));
    const [top, left, bottom, right] = model.get("reach");
    for (const frame of frames) {
      setAttributes(frame, { visibility: top === undefined ? "hidden" : null });
      if (top !== undefined)
        setAttributes(frame, { x: left, y: top, width: right - left + 1, height: bottom - top + 1 });
    }
  }
  return { box, hold, canvas, draw };
}

function topBar(model, say, signal, { onScale, onAll }) {
  const title = node("strong", { class: "nbk-title" });
  const live = node("span", { class: "nbk-live" });
  const all = node("button", { type: "button" }, say("all_on"));
  listen(all, "click", onAll, signal);
  let byLayer = true;
  const scales = ["by_layer", "by_tile"].map((key) => {
    const button = node("button", { type: "button" }, say(key));
    listen(
      button,
      "click",
      () => {
        byLayer = key === "by_layer";
        draw();
        onScale();
      },
      signal,
    );
    return button;
  });
  const group = node("div", { class: "nbk-modes", role: "group", "aria-label": say("scale") }, ...scales);
  const bar = node(
    "div",
    { class: "nbk-top" },
    title,
    live,
    all,
    node("span", { class: "nbk-hint" }, say("scale")),
    group,
  );
  function draw() {
    const name = model.get("name");
    setText(title, name ? say("labelled", { label: say("title"), text: name }) : say("title"));
    const state = model.get("live");
    setText(live, "step" in state ? say("live", state) : "");
    setHidden(all, !Object.keys(model.get("off")).length, () => scales[0]);
    scales.forEach((button, i) => setAttributes(button, { "aria-pressed": String(byLayer === (i === 0)) }));
  }
  return { bar, draw, isByLayer: () => byLayer };
}

export default { render };
