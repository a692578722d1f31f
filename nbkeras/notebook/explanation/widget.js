// Reads: at, label, baseline, view, strip, count, names, methods, baselines, classes, layer, unit,
// notes, picture, picture_shape, best, score, cards, heats, heat_shape, curves,
// random_curves, code, busy, trouble, ask, answered, words, static_copy.
// Writes: at, label, baseline, view, ask.
// Sends: keep, again.

import { codeBox } from "../widget/controls.js";
import { focusedIn, freshId, listen, named, node, root, setAttributes, setDisabled, setText } from "../widget/dom.js";
import { kernelRequests } from "../widget/kernel_requests.js";
import { formatNumber } from "../widget/number_format.js";
import { paint } from "../widget/pixels.js";
import { numbers, speaker, watch } from "../widget/traits.js";
import { mapCards } from "./maps.js";

const THUMB = 48;

function render({ model, el, kernel }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const box = root(model, el, "explanation");
  const late = node("p", { class: "nbk-late", role: "status" });
  const { save, send } = kernelRequests(model, signal, {
    local: ["view"],
    kernel,
    onWait: () => {},
    onLate: (isLate) => setText(late, kernel.isGone() ? say("kernel_gone") : isLate ? say("waiting") : ""),
  });
  const bar = topBar(model, say, signal, { save, send });
  const strip = pictureStrip(model, say, signal, (at) => save("at", at));
  const answer = answerView(model, say, signal, (label) => save("label", label));
  const cards = mapCards(model, say);
  const code = codeBox(model, say, signal);
  const trouble = node("p", { class: "nbk-trouble", role: "status" });
  const hint = node("p", { class: "nbk-hint" }, say("random_band"));
  const note = node("p", { class: "nbk-hint" });
  const aloud = node("div", { class: "nbk-aloud", role: "status", "aria-live": "polite" });
  const right = node("div", { class: "nbk-right" }, cards.box, hint, note);
  const left = node("div", { class: "nbk-left" }, answer.box);
  box.append(bar.box, strip.box, trouble, late, node("div", { class: "nbk-room" }, left, right), code.box, aloud);

  function drawState() {
    const isBusy = model.get("busy").total > 0;
    setAttributes(box, { "aria-busy": String(isBusy) });
    bar.draw();
    setText(trouble, model.get("trouble"));
    setText(note, model.get("layer") ? "" : say("no_grad_cam"));
    const finished = { n: model.get("cards").length, i: model.get("at") + 1 };
    setText(aloud, isBusy ? say("pending") : model.get("trouble") ? "" : say("ready", finished));
  }
  watch(model, ["busy", "trouble", "baseline", "view", "cards"], drawState, signal);
  watch(model, ["at", "strip"], strip.draw, signal);
  watch(model, ["picture", "best", "score", "label"], answer.draw, signal);
  watch(model, ["cards", "heats", "curves", "picture", "view"], cards.draw, signal);
  watch(model, ["code"], code.draw, signal);
  return () => off.abort();
}

function topBar(model, say, signal, { save, send }) {
  const [baselineId, strengthId] = [freshId("baseline"), freshId("strength")];
  const baseline = node(
    "select",
    { id: baselineId, title: say("baseline_help") },
    ...model.get("baselines").map((name) => node("option", { value: name }, say(name))),
  );
  const strength = node("input", { id: strengthId, type: "range", min: 0, max: 1, step: 0.05 });
  const again = node("button", { type: "button", title: say("again_help") }, say("again"));
  const progress = node("span", { class: "nbk-progress" });
  listen(baseline, "change", () => save("baseline", baseline.value), signal);
  const draws = () => model.set("view", { ...model.get("view"), strength: Number(strength.value) });
  listen(strength, "input", draws, signal);
  listen(strength, "change", () => model.save_changes(), signal);
  listen(again, "click", () => send({ do: "again" }), signal);
  const box = node(
    "div",
    { class: "nbk-top" },
    node("strong", { class: "nbk-title" }, say("title")),
    progress,
    node("label", { for: baselineId }, say("baseline")),
    baseline,
    node("label", { for: strengthId }, say("strength")),
    strength,
    again,
  );
  function draw() {
    const busy = model.get("busy");
    setText(progress, busy.total ? say("computing", busy) : "");
    setDisabled(again, busy.total > 0);
    baseline.value = model.get("baseline");
    if (focusedIn(strength) !== strength) strength.value = model.get("view").strength;
  }
  return { box, draw };
}

function pictureStrip(model, say, signal, onAt) {
  const box = node("div", { class: "nbk-strip", role: "group", "aria-label": say("choose") });
  let drawn = null;
  function build(strip) {
    const pixels = numbers(strip, Uint8Array);
    const size = THUMB * THUMB * 3;
    box.replaceChildren(
      ...Array.from({ length: model.get("count") }, (_, i) => {
        const canvas = node("canvas", { "aria-hidden": "true" });
        paint(canvas, pixels.subarray(i * size, (i + 1) * size), THUMB, THUMB, 3);
        const file = model.get("names")[i];
        const name = say("picture", { name: file ?? i + 1 });
        const attributes = { type: "button", class: "nbk-thumb", "aria-label": name, title: file ?? null };
        const button = node("button", attributes, canvas);
        listen(button, "click", () => onAt(i), signal);
        return button;
      }),
    );
  }
  function draw() {
    const strip = model.get("strip");
    if (strip !== drawn) build(strip);
    drawn = strip;
    box.hidden = model.get("count") < 2;
    [...box.children].forEach((button, i) => setAttributes(button, { "aria-pressed": String(i === model.get("at")) }));
  }
  return { box, draw };
}

// The picture, and its predicted classes as selectable bars.
function answerView(model, say, signal, onLabel) {
  const canvas = node("canvas", { role: "img" });
  const why = node("h3", { class: "nbk-why" });
  const line = node("p", { class: "nbk-hint" });
  const id = freshId("class");
  const names = model.get("classes");
  const pick = node("select", { id }, ...names.map((name, i) => node("option", { value: i }, name)));
  listen(pick, "change", () => onLabel(Number(pick.value)), signal);
  const bars = node("div", { class: "nbk-bars", role: "group", "aria-label": say("classes") });
  const frame = node("div", { class: "nbk-frame" }, canvas);
  const choice = node("div", { class: "nbk-choice" }, node("label", { for: id }, say("class")), pick);
  const box = node("div", { class: "nbk-answer" }, frame, node("div", {}, why, line, choice, bars));
  const isValue = model.get("unit") === "output";
  function row([index, confidence], isChosen, isPredicted) {
    const share = isValue ? 0 : Math.max(0, Math.min(1, confidence ?? 0));
    const fill = node("span", { class: "nbk-fill", style: `width: ${(100 * share).toFixed(1)}%` });
    const name = named(node("span", { class: "nbk-name", title: names[index] }), names[index]);
    const mark = isPredicted && !isValue ? node("span", { class: "nbk-mark" }, say("predicted")) : null;
    const value = node("span", { class: "nbk-value" }, formatConfidence(confidence, isValue));
    const button = node("button", { type: "button", class: "nbk-bar" }, fill, name, mark, value);
    setAttributes(button, { "aria-pressed": String(isChosen) });
    listen(button, "click", () => onLabel(index), signal);
    return button;
  }
  function draw() {
    const [height, width, channels] = model.get("picture_shape");
    const [label, score] = [model.get("label"), model.get("score")];
    const name = names[label] ?? String(label);
    setText(why, say("why", { name }));
    setAttributes(canvas, { "aria-label": say("original") });
    pick.value = String(label);
    if (height) paint(canvas, numbers(model.get("picture"), Uint8Array), height, width, channels);
    const focused = [...bars.children].indexOf(focusedIn(bars));
    bars.replaceChildren(...model.get("best").map((entry, i) => row(entry, entry[0] === label, i === 0)));
    if (focused >= 0) bars.children[focused]?.focus();
    const values = {
      score: formatNumber(score.score),
      baseline: formatNumber(score.baseline),
      confidence: formatConfidence(score.confidence, isValue),
      unit: say(model.get("unit")),
    };
    setText(line, height ? say(isValue ? "value_line" : "score_line", values) : "");
  }
  return { box, draw };
}

// 0.9731 -> "97.3 %"; a regression's number as it is.
export function formatConfidence(value, isValue = false) {
  if (isValue || value === null || value === undefined) return formatNumber(value);
  const percent = 100 * value;
  return percent > 0 && percent < 0.1 ? "< 0.1 %" : `${percent.toFixed(1)} %`;
}

export default { render };
