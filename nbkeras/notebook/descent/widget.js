// Reads: kind, formula, choices, names, limits, surface, across, scale, lowest, start,
// racers, noise, noise_most, batch, seed, steps, points, tables, rows, outcomes, at, phase,
// lead, lesson, code, trouble, view, ask, answered, name, planes, plane, picked, weights,
// recorded, facts, busy, words, twin.
// Writes: formula, start, racers, noise, batch, seed, points, at, phase, lead, view, ask,
// plane, picked.
// Sends: keep, cancel, compute.

import { asker } from "../widget/asker.js";
import { formatNumber } from "../widget/chart.js";
import { codeBox } from "../widget/controls.js";
import { node, numbers, root, setAttributes, setText, speaker, watch } from "../widget/prelude.js";
import { fitView } from "./fit_view.js";
import { lessonView, transportView } from "./lesson.js";
import { fallsView } from "./loss_curves.js";
import { AIR, groundView } from "./loss_map.js";
import { modelBar } from "./model_bar.js";
import { racersView } from "./optimizer_list.js";
import { reliefView } from "./relief_view.js";
import { settingsBar, topBar } from "./toolbars.js";
import { nextPhase, seenState, stepsSeen, unpackWalks } from "./walks.js";

const PACE_MS = 90; // between two steps of a walk that plays

function render({ model, el }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const box = root(model, el, "descent");
  const lab = { ground: null, walks: [], playing: null };
  const late = node("p", { class: "nbk-late", role: "status" });
  const question = asker(model, signal, {
    onWait: (waiting) => setAttributes(box, { "aria-busy": String(waiting) }),
    onLate: (late_) => setText(late, late_ ? say("waiting") : ""),
  });
  const save = (name, value) => question.save(name, value);

  // What the reader may change. Each goes to the kernel, which answers with the walks.
  const seek = (seen) => {
    const { at, phase } = seenState(Math.min(Math.max(seen, 0), lastStep(model)));
    save("at", at);
    save("phase", phase);
  };
  const putStart = (place, by) => {
    const [limits, now] = [model.get("limits"), model.get("start")];
    const moved = place ?? now.map((v, i) => v + by[i] * (limits[i][1] - limits[i][0]));
    save(
      "start",
      moved.map((v) => Number(v.toPrecision(5))),
    );
  };
  const next = () => {
    const to = nextPhase(model.get("at"), model.get("phase"), lastStep(model));
    save("at", to.at);
    save("phase", to.phase);
  };
  const lead = (i) => save("lead", i);
  const turn = (view) => save("view", { ...model.get("view"), ...view });
  const play = () => {
    if (lab.playing) return stop();
    if (seenNow(model) >= lastStep(model)) seek(0);
    lab.playing = setInterval(() => {
      seek(seenNow(model) + 1);
      if (seenNow(model) >= lastStep(model)) stop();
    }, PACE_MS);
    drawSteps();
  };
  const stop = () => {
    clearInterval(lab.playing);
    lab.playing = null;
    drawSteps();
  };
  signal.addEventListener("abort", () => clearInterval(lab.playing));

  const ground = groundView(say, signal, {
    onStart: putStart,
    describe: (place) => placeText(model.get("names"), place),
  });
  const relief = reliefView(say, signal, { onTurn: turn });
  const falls = fallsView(say, signal, { onSeek: seek });
  const fit = fitView(say, signal, { onPoints: (points) => save("points", points) });
  const racers = racersView(say, signal, {
    kinds: model.get("choices").kinds,
    onRacers: (all) => save("racers", all),
  });
  const lesson = lessonView(say, signal, { onNext: next, onLead: lead });
  const transport = transportView(say, signal, {
    onSeek: (seen) => {
      if (lab.playing) stop();
      seek(seen);
    },
    onPlay: play,
  });
  const top = topBar(model, say, signal, { onFormula: (text) => save("formula", text) });
  const real = modelBar(model, say, signal, {
    onPlane: (name) => save("plane", name),
    onPicked: (names) => save("picked", names),
    onAgain: () => save("seed", model.get("seed") + 1),
  });
  const settings = settingsBar(model, say, signal, {
    onNoise: (value) => save("noise", value),
    onBatch: (value) => save("batch", value),
    onAgain: () => save("seed", model.get("seed") + 1),
    onView: turn,
    onStart: (place) => save("start", place),
  });
  const code = codeBox(model, say, signal);
  const panel = (name, ...children) => node("figure", { class: `nbk-panel nbk-${name}` }, ...children);
  const panels = {
    map: panel("map-panel", ground.box),
    relief: panel("relief-panel", node("figcaption", {}, say("relief")), relief.box),
    falls: panel("falls-panel", node("figcaption", {}, say("falls")), falls.face),
    fit: panel("fit-panel", node("figcaption", {}, say("fit")), fit.face),
  };
  const mapTitle = node("figcaption");
  panels.map.prepend(mapTitle);
  const aloud = node("div", { class: "nbk-aloud", role: "status", "aria-live": "polite" });
  box.append(
    top.bar,
    real.bar,
    node("div", { class: "nbk-panels" }, panels.fit, panels.map, panels.relief),
    transport.bar,
    lesson.box,
    node("div", { class: "nbk-lower" }, racers.box, node("div", { class: "nbk-side" }, panels.falls, settings.box)),
    late,
    code.box,
    aloud,
  );

  function readGround() {
    const scale = model.get("scale");
    const d = model.get("names").length;
    const air = (scale.high - scale.low) * AIR;
    lab.ground = {
      d,
      names: model.get("names"),
      scale,
      across: model.get("across"),
      lowest: model.get("lowest"),
      values: numbers(model.get("surface")),
      limits: d === 2 ? model.get("limits") : [...model.get("limits"), [scale.low - air, scale.high + air]],
    };
    panels.relief.hidden = d === 1;
    panels.fit.hidden = model.get("kind") !== "line";
    setText(mapTitle, say(d === 1 ? "curve" : "map"));
  }
  const readWalks = () => {
    lab.walks = unpackWalks(model.get("tables"), model.get("rows"), lab.ground.d);
  };

  function drawGround() {
    for (const [view, holder] of [
      [ground, panels.map],
      [relief, panels.relief],
      [fit, panels.fit],
      [falls, panels.falls],
    ]) {
      if (!holder.hidden) view.layout(Math.max(holder.clientWidth, 200));
    }
    ground.drawGround(lab.ground);
    relief.drawGround(lab.ground, model.get("view"));
    drawSteps();
  }

  function drawSteps() {
    const given = model.get("racers");
    const seen = seenNow(model);
    const leads = Math.min(model.get("lead"), lab.walks.length - 1);
    const runners = lab.walks.map((walk, i) => ({ walk, lr: given[i]?.lr ?? 1 }));
    const state = { racers: runners, seen, lead: leads, steps: model.get("steps") };
    const start = model.get("start");
    const startLoss = lab.ground.d === 1 ? curveAt(lab.ground, start[0]) : 0;
    const recorded = pairsOf(numbers(model.get("recorded")));
    ground.drawWalks({ ...state, arrows: model.get("view"), start, startLoss, recorded });
    relief.drawWalks({ ...state, recorded });
    falls.draw(state);
    if (!panels.fit.hidden) fit.draw({ ...state, given: model.get("points") });
    racers.draw({ given, walks: lab.walks, outcomes: model.get("outcomes"), seen });
    transport.draw({ seen, steps: lastStep(model), playing: lab.playing !== null });
    lesson.draw({
      lesson: model.get("lesson"),
      at: model.get("at"),
      phase: model.get("phase"),
      racers: given,
      lead: leads,
      last: lastStep(model),
    });
    if (!lab.playing)
      setText(
        aloud,
        runners
          .map(({ walk }, i) =>
            say("spoken", { racer: say(given[i]?.kind ?? ""), loss: formatNumber(walk.loss(seen)), at: seen }),
          )
          .join(" "),
      );
  }

  watch(
    model,
    ["surface", "scale", "names", "limits", "kind", "lowest"],
    () => {
      readGround();
      readWalks();
      drawGround();
    },
    signal,
  );
  watch(
    model,
    ["tables", "rows"],
    () => {
      readWalks();
      drawSteps();
    },
    signal,
  );
  watch(
    model,
    ["at", "phase", "lead", "racers", "start", "outcomes", "lesson", "points", "recorded"],
    drawSteps,
    signal,
  );
  watch(
    model,
    ["view"],
    () => {
      relief.drawGround(lab.ground, model.get("view"));
      settings.draw();
      drawSteps();
    },
    signal,
  );
  watch(model, ["formula", "name", "trouble", "kind"], top.draw, signal);
  watch(model, ["kind", "planes", "plane", "picked", "weights", "facts", "busy", "recorded"], real.draw, signal);
  watch(model, ["noise", "noise_most", "batch", "start", "names", "points", "kind"], settings.draw, signal);
  watch(model, ["code"], code.draw, signal);
  const size = new ResizeObserver(() => requestAnimationFrame(() => signal.aborted || drawGround()));
  size.observe(box);
  signal.addEventListener("abort", () => size.disconnect());
  return () => off.abort();
}

const lastStep = (model) => Math.max(1, ...model.get("rows").map((n) => n - 1));
const seenNow = (model) => Math.min(stepsSeen(model.get("at"), model.get("phase")), lastStep(model));
const placeText = (names, place) => names.map((name, i) => `${name} ${formatNumber(place[i])}`).join(", ");
const pairsOf = (flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
const curveAt = ({ values, across, limits: [[low, high]] }, x) => {
  const at = ((x - low) / (high - low)) * (across - 1);
  const i = Math.min(Math.max(Math.floor(at), 0), across - 2);
  return values[i] + (values[i + 1] - values[i]) * (at - i);
};

export default { render };
