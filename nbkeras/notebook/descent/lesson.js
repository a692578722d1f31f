// The five phases of gradient descent, one per click, and the playback buttons.

import { listen, node, setAttributes, setText, svg } from "../widget/dom.js";
import { nextPhase } from "./paths.js";

const PHASES = ["initialise", "error", "gradient", "update", "repeat"];
const ICONS = {
  rewind: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8zM12 3h1v10h-1z",
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  forward: "M3 3h1v10H3zM5 3v10l7-5z",
};

export function lessonView(say, signal, { onNext, onSelect }) {
  const whose = node("select", { "aria-label": say("whose") });
  const next = node("button", { type: "button", class: "nbk-next" });
  const head = node("div", { class: "nbk-lesson-head" }, node("strong", {}, say("lesson")), whose, next);
  const cards = PHASES.map((phase, i) => {
    const lines = node("div", { class: "nbk-lines" });
    const card = node(
      "li",
      { class: "nbk-phase", "data-phase": phase },
      node("div", { class: "nbk-phase-name" }, node("span", { class: "nbk-number" }, String(i + 1)), say(phase)),
      node("p", {}, say(`${phase}_words`)),
      lines,
    );
    return { card, lines };
  });
  const list = node("ol", { class: "nbk-phases" }, ...cards.map(({ card }) => card));
  const box = node("section", { class: "nbk-lesson", "aria-label": say("lesson") }, head, list);
  listen(next, "click", onNext, signal);
  listen(whose, "change", () => onSelect(Number(whose.value)), signal);

  function draw({ lesson, at, phase, runs, selected, lastStep }) {
    const options = runs.map((run, i) => `${i + 1} ${say(run.kind)}`);
    if ([...whose.options].map((o) => o.text).join() !== options.join()) {
      whose.replaceChildren(...options.map((text, i) => node("option", { value: i }, text)));
    }
    whose.value = selected;
    whose.hidden = runs.length < 2;
    cards.forEach(({ card, lines }, i) => {
      const open = i <= phase;
      card.dataset.state = i === phase ? "now" : open ? "done" : "later";
      setAttributes(card, { "aria-current": i === phase ? "step" : null });
      const texts = open ? (lesson[PHASES[i]] ?? []) : [];
      if ([...lines.children].map((e) => e.textContent).join("\n") !== texts.join("\n")) {
        lines.replaceChildren(...texts.map((text) => node("div", {}, text)));
      }
    });
    const to = nextPhase(at, phase, lastStep);
    const done = to.at === at && to.phase === phase;
    next.disabled = done;
    setText(next, done ? say("ended") : `${say("labelled", { label: say("next"), text: say(PHASES[to.phase]) })} →`);
  }
  return { box, draw };
}

export function transportView(say, signal, { onSeek, onPlay }) {
  const button = (name) => node("button", { type: "button", "aria-label": say(name), title: say(name) }, icon(name));
  const [rewind, back, play, forward] = ["rewind", "back", "play", "forward"].map(button);
  const scrub = node("input", { type: "range", min: 0, step: 1, "aria-label": say("scrub"), class: "nbk-scrub" });
  const where = node("span", { class: "nbk-where" });
  const bar = node(
    "div",
    { class: "nbk-transport", role: "group", "aria-label": say("transport") },
    rewind,
    back,
    play,
    forward,
    scrub,
    where,
  );
  let shownStep = 0;
  listen(rewind, "click", () => onSeek(0), signal);
  listen(back, "click", () => onSeek(shownStep - 1), signal);
  listen(forward, "click", () => onSeek(shownStep + 1), signal);
  listen(play, "click", onPlay, signal);
  listen(scrub, "input", () => onSeek(Number(scrub.value)), signal);

  function draw({ step, steps, playing }) {
    shownStep = step;
    setAttributes(scrub, { max: steps, "aria-valuetext": say("at", { at: step, steps }) });
    scrub.value = step;
    setText(where, say("at", { at: step, steps }));
    rewind.disabled = step === 0;
    back.disabled = step === 0;
    forward.disabled = step >= steps;
    const name = playing ? "pause" : "play";
    if (play.getAttribute("aria-label") !== say(name)) {
      setAttributes(play, { "aria-label": say(name), title: say(name) });
      play.replaceChildren(icon(name));
    }
  }
  return { bar, draw };
}

const icon = (name) =>
  svg(
    "svg",
    { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", class: "nbk-icon" },
    svg("path", { d: ICONS[name] }),
  );
