// Reads: kind, formula, choices, names, limits, loss_values, across, scale, lowest, start,
// runs, noise, noise_most, batch, seed, steps, points, tables, rows, outcomes, at, phase,
// selected, lesson, code, trouble, view, ask, answered, name, planes, plane, picked,
// weights, recorded, facts, busy, words, static_copy.
// Writes: formula, start, runs, noise, batch, seed, points, at, phase, selected, view, ask,
// plane, picked.
// Sends: keep, cancel, compute.

import { clamp } from "../widget/charts/scales.js";
import { codeBox } from "../widget/controls.js";
import { listen, node, root, setAttributes, setText } from "../widget/dom.js";
import { kernelRequests } from "../widget/kernel_requests.js";
import { formatShort } from "../widget/number_format.js";
import { numbers, speaker, watch } from "../widget/traits.js";
import { AIR, lossMapView } from "./contour_map.js";
import { fitView } from "./fit_view.js";
import { lessonView, transportView } from "./lesson.js";
import { lossCurvesView } from "./loss_curves.js";
import { nextPhase, stateOfStep, stepShown, unpackPaths } from "./paths.js";
import { runListView } from "./run_list.js";
import { surface3dView } from "./surface_3d.js";
import { modelBar, settingsBar, topBar } from "./toolbars.js";

const PACE_MS = 90; // interval of steps during playback
const SURFACE_3D_MOST_PX = 560; // largest width

function render({ model, el, kernel }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const box = root(model, el, "descent");
  const late = node("p", { class: "nbk-late", role: "status" });
  const { save } = kernelRequests(model, signal, {
    local: ["at", "phase", "selected", "view"],
    kernel,
    onWait: (waiting) => setAttributes(box, { "aria-busy": String(waiting) }),
    onLate: (isLate) => setText(late, kernel.isGone() ? say("kernel_gone") : isLate ? say("waiting") : ""),
  });
  const playback = createPlayback(model, save, signal, () => drawSteps(lab));
  const lab = { model, say, playback, surface: null, paths: [], lifted: null, views: null, panels: null, aloud: null };
  const onLift = (run) => {
    lab.lifted = run;
    drawPaths(lab);
  };
  lab.views = createViews(model, say, signal, save, playback, kernel, onLift);
  lab.panels = createPanels(lab.views, say);
  // Only the trait opens it: a redraw between a click and its "toggle" would close it.
  const onFold = (event) => {
    event.preventDefault();
    const view = model.get("view");
    save("view", { ...view, surface: !view.surface });
  };
  listen(lab.panels.surface3d.querySelector("summary"), "click", onFold, signal);
  lab.aloud = node("div", { class: "nbk-aloud", role: "status", "aria-live": "polite" });
  const { views, panels } = lab;
  box.append(
    views.top.bar,
    views.plane.bar,
    panels.box,
    views.transport.bar,
    views.lesson.box,
    views.settings.box,
    panels.surface3d,
    late,
    views.code.box,
    lab.aloud,
  );
  watchModel(lab, signal);
  const size = new ResizeObserver(() => requestAnimationFrame(() => signal.aborted || drawSurface(lab)));
  size.observe(box);
  signal.addEventListener("abort", () => size.disconnect());
  return () => off.abort();
}

// Navigate between steps: manually, with "next", and by playback.
function createPlayback(model, save, signal, onChange) {
  let timer = null;
  const seek = (step) => {
    const { at, phase } = stateOfStep(clamp(step, 0, lastStep(model)));
    save("at", at);
    save("phase", phase);
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    onChange();
  };
  const advance = () => {
    seek(currentStep(model) + 1);
    if (currentStep(model) >= lastStep(model)) stop();
  };
  const toggle = () => {
    if (timer !== null) return stop();
    if (currentStep(model) >= lastStep(model)) seek(0);
    timer = setInterval(advance, PACE_MS);
    onChange();
  };
  const next = () => {
    const { at, phase } = nextPhase(model.get("at"), model.get("phase"), lastStep(model));
    save("at", at);
    save("phase", phase);
  };
  signal.addEventListener("abort", () => clearInterval(timer));
  return { seek, stop, toggle, next, isPlaying: () => timer !== null };
}

// All views of the page. User input is sent to the kernel, which responds.
function createViews(model, say, signal, save, playback, kernel, onLift) {
  const turn = (view) => save("view", { ...model.get("view"), ...view });
  const onAgain = () => save("seed", model.get("seed") + 1);
  const putStart = (place, direction) => {
    const [limits, start] = [model.get("limits"), model.get("start")];
    const moved = place ?? start.map((value, i) => value + direction[i] * (limits[i][1] - limits[i][0]));
    const rounded = moved.map((value) => Number(value.toPrecision(5)));
    save("start", rounded);
  };
  const seekByHand = (step) => {
    if (playback.isPlaying()) playback.stop();
    playback.seek(step);
  };
  const describe = (place) => placeText(model.get("names"), place);
  const { kinds } = model.get("choices");
  const onSelect = (run) => save("selected", run);
  return {
    map: lossMapView(say, signal, { onStart: putStart, describe }),
    surface3d: surface3dView(say, signal, { onTurn: turn }),
    lossCurves: lossCurvesView(say, signal, { onSeek: playback.seek }),
    fit: fitView(say, signal, { onPoints: (points) => save("points", points) }),
    runs: runListView(say, signal, { kinds, onRuns: (runs) => save("runs", runs), onSelect, onLift }),
    lesson: lessonView(say, signal, { onNext: playback.next, onSelect }),
    transport: transportView(say, signal, { onSeek: seekByHand, onPlay: playback.toggle }),
    top: topBar(model, say, signal, { onFormula: (text) => save("formula", text) }),
    plane: modelBar(model, say, signal, kernel, {
      onPlane: (name) => save("plane", name),
      onPicked: (names) => save("picked", names),
      onAgain,
    }),
    settings: settingsBar(model, say, signal, {
      onNoise: (value) => save("noise", value),
      onBatch: (value) => save("batch", value),
      onAgain,
      onView: turn,
      onStart: (place) => save("start", place),
    }),
    code: codeBox(model, say, signal),
  };
}

// The controls of the optimizers are beside the map, so that both are visible.
function createPanels({ map, surface3d, lossCurves, fit, runs }, say) {
  const panel = (name, caption, content) =>
    node("figure", { class: `nbk-panel nbk-${name}-panel` }, node("figcaption", {}, caption), content);
  const panels = {
    map: panel("map", "", map.box),
    lossCurves: panel("loss-curves", say("loss_curves"), lossCurves.face),
    fit: panel("fit", say("fit"), fit.face),
  };
  const side = node("div", { class: "nbk-side" }, runs.box, panels.lossCurves);
  const surfaceFold = { class: "nbk-panel nbk-surface-3d-panel" };
  return {
    ...panels,
    box: node("div", { class: "nbk-panels" }, panels.fit, panels.map, side),
    surface3d: node("details", surfaceFold, node("summary", {}, say("surface_3d")), surface3d.box),
  };
}

function watchModel(lab, signal) {
  const { model, views } = lab;
  const on = (names, draw) => watch(model, names, draw, signal);
  const readPaths = () => {
    lab.paths = unpackPaths(model.get("tables"), model.get("rows"), lab.surface.d);
  };
  on(["loss_values", "scale", "names", "limits", "kind", "lowest"], () => {
    lab.surface = readSurface(model);
    readPaths();
    drawSurface(lab);
  });
  on(["tables", "rows"], () => {
    readPaths();
    drawSteps(lab);
  });
  on(["at", "phase", "selected", "runs", "start", "outcomes", "lesson", "points", "recorded"], () => drawSteps(lab));
  on(["view"], () => {
    drawSurface3d(lab);
    views.settings.draw();
    drawSteps(lab);
  });
  on(["formula", "name", "trouble", "kind"], views.top.draw);
  on(["kind", "planes", "plane", "picked", "weights", "facts", "busy", "recorded"], views.plane.draw);
  on(["noise", "noise_most", "batch", "start", "names", "points", "kind"], views.settings.draw);
  on(["code"], views.code.draw);
}

// The loss surface from the traits; with one parameter, limits include the losses.
function readSurface(model) {
  const scale = model.get("scale");
  const names = model.get("names");
  const air = (scale.high - scale.low) * AIR;
  const heights = names.length === 1 ? [[scale.low - air, scale.high + air]] : [];
  return {
    d: names.length,
    names,
    scale,
    across: model.get("across"),
    lowest: model.get("lowest"),
    values: numbers(model.get("loss_values")),
    limits: [...model.get("limits"), ...heights],
  };
}

function drawSurface(lab) {
  const { model, say, views, panels, surface } = lab;
  panels.surface3d.hidden = surface.d === 1;
  panels.fit.hidden = model.get("kind") !== "line";
  setAttributes(panels.box, { "data-kind": model.get("kind") });
  setText(panels.map.firstChild, say(surface.d === 1 ? "curve" : "map"));
  for (const name of ["map", "fit", "lossCurves"]) {
    if (!panels[name].hidden) views[name].layout(Math.max(panels[name].clientWidth, 200));
  }
  views.map.drawSurface(surface);
  drawSurface3d(lab);
  drawSteps(lab);
}

// The 3-D surface, while it is open.
function drawSurface3d({ model, views, panels: { surface3d: panel }, surface }) {
  const view = model.get("view");
  panel.open = Boolean(view.surface);
  if (panel.hidden || !panel.open) return;
  views.surface3d.layout(clamp(panel.clientWidth, 200, SURFACE_3D_MOST_PX));
  views.surface3d.drawSurface(surface, view);
}

// The paths in all views, which depend on the step, the selected and the raised run.
function drawPaths(lab) {
  const { model, views, surface, paths, panels } = lab;
  const settings = model.get("runs");
  const selected = Math.min(model.get("selected"), paths.length - 1);
  const runs = paths.map((path, i) => ({ path, lr: settings[i]?.lr ?? 1 }));
  const top = lab.lifted !== null && lab.lifted < runs.length ? lab.lifted : selected;
  setAttributes(panels.box, { "data-lifted": lab.lifted !== null && runs.length > 1 ? "" : null });
  const state = { runs, step: currentStep(model), selected, top, steps: model.get("steps") };
  const start = model.get("start");
  const startLoss = surface.d === 1 ? lossOnCurve(surface, start[0]) : 0;
  const recorded = pairsOf(numbers(model.get("recorded")));
  views.map.drawPaths({ ...state, arrows: model.get("view"), start, startLoss, recorded });
  if (panels.surface3d.open && surface.d > 1) views.surface3d.drawPaths({ ...state, recorded });
  views.lossCurves.draw(state);
  if (!panels.fit.hidden) views.fit.draw({ ...state, points: model.get("points") });
}

function drawSteps(lab) {
  drawPaths(lab);
  const { model, views, paths, playback } = lab;
  const settings = model.get("runs");
  const step = currentStep(model);
  const selected = Math.min(model.get("selected"), paths.length - 1);
  views.runs.draw({ runs: settings, paths, outcomes: model.get("outcomes"), step, selected });
  views.transport.draw({ step, steps: lastStep(model), playing: playback.isPlaying() });
  const [at, phase, lesson] = [model.get("at"), model.get("phase"), model.get("lesson")];
  views.lesson.draw({ lesson, at, phase, runs: settings, selected, lastStep: lastStep(model) });
  if (!playback.isPlaying()) announce(lab, settings, step);
}

// Announce the losses of the step to screen readers.
function announce({ say, paths, aloud }, settings, step) {
  const sentences = paths.map((path, i) =>
    say("spoken", { optimizer: say(settings[i]?.kind ?? ""), loss: formatShort(path.loss(step)), at: step }),
  );
  setText(aloud, sentences.join(" "));
}

const lastStep = (model) => Math.max(1, ...model.get("rows").map((n) => n - 1));
const currentStep = (model) => Math.min(stepShown(model.get("at"), model.get("phase")), lastStep(model));
const placeText = (names, place) => names.map((name, i) => `${name} ${formatShort(place[i])}`).join(", ");
const pairsOf = (flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);

function lossOnCurve({ values, across, limits: [[low, high]] }, x) {
  const at = ((x - low) / (high - low)) * (across - 1);
  const i = clamp(Math.floor(at), 0, across - 2);
  return values[i] + (values[i + 1] - values[i]) * (at - i);
}

export default { render };
