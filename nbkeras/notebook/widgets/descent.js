// Reads: kind, formula, title, choices, names, limits, surface, across, scale, lowest, start,
// racers, noise, noise_most, batch, seed, steps, points, tables, rows, outcomes, at, phase,
// lead, lesson, code, trouble, view, ask, answered, words, twin.
// Writes: formula, start, racers, noise, batch, seed, points, at, phase, lead, view, ask.
// Sends: keep.
// Uses: _chart, _contour, _relief, _walks, _ground, _reliefview, _falls, _fitview, _racers, _lesson.
const PACE_MS = 90; // between two steps of a walk that plays
const PATIENCE_MS = 1500; // before a page says that the kernel is busy
const KEEP_MS = 700; // of quiet before the picture that stays is renewed

function render({ model, el }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const box = root(model, el, "descent");
  const lab = { ground: null, walks: [], playing: null };
  const late = node("p", { class: "nbk-late", role: "status" });
  const question = asker(model, signal, (waiting) => setText(late, waiting ? say("waiting") : ""));
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
    save("start", moved.map((v) => Number(v.toPrecision(5))));
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

  const ground = groundView(say, signal, { onStart: putStart, describe: (place) => placeText(model.get("names"), place) });
  const relief = reliefView(say, signal, { onTurn: turn });
  const falls = fallsView(say, signal, { onSeek: seek });
  const fit = fitView(say, signal, { onPoints: (points) => save("points", points) });
  const racers = racersView(say, signal, {
    kinds: model.get("choices").kinds, onRacers: (all) => save("racers", all),
  });
  const lesson = lessonView(say, signal, { onNext: next, onLead: lead });
  const transport = transportView(say, signal, { onSeek: (seen) => { if (lab.playing) stop(); seek(seen); }, onPlay: play });
  const top = topBar(model, say, signal, { onFormula: (text) => save("formula", text) });
  const settings = settingsBar(model, say, signal, {
    onNoise: (value) => save("noise", value), onBatch: (value) => save("batch", value),
    onAgain: () => save("seed", model.get("seed") + 1), onView: turn, onStart: (place) => save("start", place),
  });
  const code = codeBox(model, say, signal);
  const panel = (name, ...children) => node("figure", { class: `nbk-panel nbk-${name}` }, ...children);
  const panels = {
    map: panel("map-panel", ground.box), relief: panel("relief-panel", node("figcaption", {}, say("relief")), relief.box),
    falls: panel("falls-panel", node("figcaption", {}, say("falls")), falls.face),
    fit: panel("fit-panel", node("figcaption", {}, say("fit")), fit.face),
  };
  const mapTitle = node("figcaption");
  panels.map.prepend(mapTitle);
  const aloud = node("div", { class: "nbk-aloud", role: "status", "aria-live": "polite" });
  box.append(top.bar, node("div", { class: "nbk-panels" }, panels.fit, panels.map, panels.relief), transport.bar,
    lesson.box, node("div", { class: "nbk-lower" }, racers.box, node("div", { class: "nbk-side" }, panels.falls, settings.box)),
    late, code.box, aloud);

  function readGround() {
    const scale = model.get("scale");
    const d = model.get("names").length;
    const air = (scale.high - scale.low) * AIR;
    lab.ground = {
      d, names: model.get("names"), scale, across: model.get("across"), lowest: model.get("lowest"),
      values: numbers(model.get("surface")),
      limits: d === 2 ? model.get("limits") : [...model.get("limits"), [scale.low - air, scale.high + air]],
    };
    panels.relief.hidden = d === 1;
    panels.fit.hidden = model.get("kind") !== "line";
    setText(mapTitle, say(d === 1 ? "curve" : "map"));
  }
  const readWalks = () => { lab.walks = unpackWalks(model.get("tables"), model.get("rows"), lab.ground.d); };

  function drawGround() {
    for (const [view, holder] of [[ground, panels.map], [relief, panels.relief], [fit, panels.fit], [falls, panels.falls]]) {
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
    ground.drawWalks({ ...state, arrows: model.get("view"), start, startLoss });
    relief.drawWalks(state);
    falls.draw(state);
    if (!panels.fit.hidden) fit.draw({ ...state, given: model.get("points") });
    racers.draw({ given, walks: lab.walks, outcomes: model.get("outcomes"), seen });
    transport.draw({ seen, steps: lastStep(model), playing: lab.playing !== null });
    lesson.draw({ lesson: model.get("lesson"), at: model.get("at"), phase: model.get("phase"), racers: given, lead: leads, last: lastStep(model) });
    if (!lab.playing) setText(aloud, runners.map(({ walk }, i) => say("spoken", { racer: say(given[i]?.kind ?? ""), loss: formatNumber(walk.loss(seen)), at: seen })).join(" "));
  }

  watch(model, ["surface", "scale", "names", "limits", "kind", "lowest"], () => { readGround(); readWalks(); drawGround(); }, signal);
  watch(model, ["tables", "rows"], () => { readWalks(); drawSteps(); }, signal);
  watch(model, ["at", "phase", "lead", "racers", "start", "outcomes", "lesson", "points"], drawSteps, signal);
  watch(model, ["view"], () => { relief.drawGround(lab.ground, model.get("view")); settings.draw(); drawSteps(); }, signal);
  watch(model, ["formula", "title", "trouble", "kind"], top.draw, signal);
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
const curveAt = ({ values, across, limits: [[low, high]] }, x) => {
  const at = ((x - low) / (high - low)) * (across - 1);
  const i = Math.min(Math.max(Math.floor(at), 0), across - 2);
  return values[i] + (values[i + 1] - values[i]) * (at - i);
};

// Settings go to the kernel one question at a time: while one is on its way, newer
// values wait and replace each other, so that dragging never queues up.
function asker(model, signal, onLate) {
  let [sent, waiting, dirty, timer, quiet] = [0, false, false, null, null];
  const flush = () => {
    dirty = false;
    waiting = true;
    sent = model.get("ask") + 1;
    model.set("ask", sent);
    model.save_changes();
    timer = setTimeout(() => onLate(true), PATIENCE_MS);
  };
  const answered = () => {
    if (!waiting || model.get("answered") < sent) return;
    clearTimeout(timer);
    onLate(false);
    waiting = false;
    clearTimeout(quiet);
    if (dirty) flush();
    else quiet = setTimeout(() => model.send({ do: "keep" }), KEEP_MS);
  };
  model.on("change:answered", answered);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    clearTimeout(quiet);
    model.off("change:answered", answered);
    if (dirty) model.save_changes();
  });
  return {
    save(name, value) {
      model.set(name, value);
      if (dirty) return;
      dirty = true;
      if (!waiting) queueMicrotask(() => dirty && !waiting && flush());
    },
  };
}

// What is walked on: a list of functions and a field for one's own.
function topBar(model, say, signal, { onFormula }) {
  const { grounds } = model.get("choices");
  const pick = node("select", { "aria-label": say("ground") },
    ...Object.keys(grounds).map((name) => node("option", { value: name }, say(name))), node("option", { value: "" }, say("own")));
  const field = node("input", { type: "text", spellcheck: "false", autocomplete: "off", "aria-label": say("formula"), class: "nbk-formula" });
  const go = node("button", { type: "submit" }, say("walk_on"));
  const form = node("form", { class: "nbk-form" }, pick, field, go);
  const name = node("strong", { class: "nbk-title" });
  const trouble = node("p", { class: "nbk-trouble", role: "status" });
  const bar = node("div", { class: "nbk-top" }, name, form, trouble);
  listen(pick, "change", () => (pick.value ? onFormula(pick.value) : field.focus()), signal);
  listen(form, "submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) onFormula(field.value.trim());
  }, signal);
  let formula = null;
  function draw() {
    form.hidden = model.get("kind") !== "function";
    const now = model.get("formula");
    if (now !== formula) {
      formula = now;
      pick.value = now in grounds ? now : "";
      field.value = grounds[now] ?? now;
    }
    setText(name, model.get("title") || say("title"));
    setText(trouble, model.get("trouble"));
  }
  return { bar, draw };
}

const SAMPLES = {
  gradient: { d: "M1 6H19M14 2l5 4l-5 4" }, velocity: { d: "M1 6H19M14 2l5 4l-5 4", "stroke-dasharray": "4 2" },
  scale: { d: "M1 6a10 4.5 0 1 0 20 0a10 4.5 0 1 0-20 0" },
};

// Start, noise and arrows.
function settingsBar(model, say, signal, { onNoise, onBatch, onAgain, onView, onStart }) {
  const starts = node("div", { class: "nbk-starts" });
  const noise = slider(say("noise"), say("noise"), { min: 0, max: 1, step: 0.01 });
  const batch = slider(say("batch"), say("batch"), { min: 1, max: 2, step: 1 });
  const again = node("button", { type: "button" }, say("again"));
  const arrows = ["gradient", "velocity", "scale"].map((name) => {
    const box = node("input", { type: "checkbox" });
    listen(box, "change", () => onView({ [name]: box.checked }), signal);
    const sample = svg("svg", { class: "nbk-sample", width: 22, height: 12, "aria-hidden": "true" }, svg("path", SAMPLES[name]));
    return { name, box, label: node("label", { class: "nbk-tick" }, box, sample, say(`${name}_arrow`)) };
  });
  const box = node("div", { class: "nbk-settings" }, starts, noise.box, batch.box, again,
    node("fieldset", { class: "nbk-ticks" }, node("legend", {}, say("arrows")), ...arrows.map((a) => a.label)));
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
    noise.box.hidden = line;
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
    for (const each of arrows) each.box.checked = Boolean(view[each.name]);
  }
  function startField(name, i) {
    const field = node("input", { type: "number", step: "any", class: "nbk-exact" });
    listen(field, "change", () => {
      const start = [...model.get("start")];
      if (field.value !== "" && Number.isFinite(Number(field.value))) start[i] = Number(field.value);
      onStart(start);
    }, signal);
    return node("label", { "data-name": name }, `${say("start")} ${name}`, field);
  }
  return { box, draw };
}

function codeBox(model, say, signal) {
  const text = node("code");
  const copy = node("button", { type: "button" }, say("copy"));
  const box = node("details", { class: "nbk-code" }, node("summary", {}, say("code")), node("pre", {}, text), copy);
  listen(copy, "click", async () => {
    await navigator.clipboard?.writeText(text.textContent).catch(() => null);
    setText(copy, say("copied"));
  }, signal);
  return { box, draw: () => { setText(text, model.get("code")); setText(copy, say("copy")); } };
}

export default { render };
