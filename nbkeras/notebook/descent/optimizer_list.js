// The optimizers of the race: kind, learning rate, momentum, how it went.

import { formatNumber } from "../widget/chart.js";
import { shortNumber, slider } from "../widget/controls.js";
import { listen, node, setText, svg } from "../widget/prelude.js";
import { DASHES, SHAPES } from "./walks.js";

const RATE = { min: -5, max: 1.5, step: 0.01 }; // powers of ten

export function racersView(say, signal, { kinds, onRacers }) {
  const list = node("div", { class: "nbk-racers", role: "list", "aria-label": say("racers") });
  const add = node("button", { type: "button", class: "nbk-add" }, `+ ${say("add")}`);
  const box = node("div", { class: "nbk-race" }, list, add);
  const cards = [];
  let racers = [];

  const change = (i, parts) => onRacers(racers.map((r, k) => (k === i ? { ...r, ...parts } : r)));
  listen(
    add,
    "click",
    () => {
      const unused = kinds.find((kind) => !racers.some((r) => r.kind === kind)) ?? kinds[0];
      onRacers([...racers, { kind: unused, lr: null, momentum: 0, more: {} }]);
    },
    signal,
  );

  function draw({ given, walks, outcomes, seen }) {
    racers = given;
    while (cards.length > given.length) cards.pop().card.remove();
    while (cards.length < given.length) {
      cards.push(racerCard(say, signal, cards.length, kinds, { change, remove }));
      list.append(cards[cards.length - 1].card);
    }
    cards.forEach((card, i) => card.draw(given[i], walks[i], outcomes[i], seen, given.length > 1));
    add.hidden = given.length >= SHAPES.length;
  }

  function remove(i) {
    onRacers(racers.filter((_, k) => k !== i));
    cards[Math.min(i, racers.length - 2)]?.kind.focus();
  }

  return { box, draw };
}

function racerCard(say, signal, i, kinds, { change, remove }) {
  const n = i + 1;
  const kind = node(
    "select",
    { "aria-label": say("racer", { n }) },
    ...kinds.map((each) => node("option", { value: each }, say(each))),
  );
  const swatch = svg(
    "svg",
    { class: "nbk-swatch", viewBox: "-18 -8 36 16", width: 36, height: 16, "aria-hidden": "true" },
    svg("path", { d: "M-18 0H18", class: "nbk-walk", "stroke-dasharray": DASHES[i] }),
    svg("path", { class: "nbk-mark", d: SHAPES[i] }),
  );
  const lr = slider(say("lr_of", { n }), say("lr"), RATE);
  const momentum = slider(say("momentum_of", { n }), say("momentum_word"), { min: 0, max: 0.99, step: 0.01 });
  const away = node(
    "button",
    { type: "button", class: "nbk-away", "aria-label": say("remove", { n }), title: say("remove", { n }) },
    "×",
  );
  const loss = node("span", { class: "nbk-loss" });
  const how = node("p", { class: "nbk-how" });
  const card = node(
    "div",
    { class: "nbk-racer", role: "listitem", style: `--nbk-own: var(--nbk-${n})` },
    node("div", { class: "nbk-racer-head" }, swatch, kind, loss, away),
    lr.box,
    momentum.box,
    how,
  );
  listen(kind, "change", () => change(i, { kind: kind.value, lr: null, momentum: 0, more: {} }), signal);
  listen(lr.input, "input", () => change(i, { lr: Number((10 ** Number(lr.input.value)).toPrecision(2)) }), signal);
  listen(lr.exact, "change", () => Number(lr.exact.value) > 0 && change(i, { lr: Number(lr.exact.value) }), signal);
  listen(momentum.input, "input", () => change(i, { momentum: Number(momentum.input.value) }), signal);
  listen(
    momentum.exact,
    "change",
    () => change(i, { momentum: Math.min(Math.max(Number(momentum.exact.value) || 0, 0), 0.999) }),
    signal,
  );
  listen(away, "click", () => remove(i), signal);

  function draw(racer, walk, outcome, seen, removable) {
    kind.value = racer.kind;
    if (racer.lr) {
      lr.input.value = Math.log10(racer.lr);
      lr.say(racer.lr);
    }
    momentum.box.hidden = racer.steers === false;
    momentum.input.value = racer.momentum;
    momentum.say(racer.momentum);
    away.hidden = !removable;
    if (!walk || !outcome) return;
    setText(loss, outcome.kind === "waiting" ? "–" : formatNumber(walk.loss(seen)));
    card.dataset.outcome = outcome.kind;
    setText(how, outcomeText(say, outcome));
  }
  return { card, kind, draw };
}

function outcomeText(say, { kind, step, safe }) {
  const words = say({ saddle: "saddle_end", waiting: "waiting_walk" }[kind] ?? kind, { step });
  const bad = kind === "overflow" || kind === "climbing" || kind === "bouncing";
  return bad && safe ? `${words} ${say("safe", { lr: shortNumber(safe) })}` : words;
}
