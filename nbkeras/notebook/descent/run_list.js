// The list of runs: kind of optimizer, learning rate, momentum, outcome of the path.

import { slider } from "../widget/controls.js";
import { listen, node, setAttributes, setText, svg } from "../widget/dom.js";
import { formatShort } from "../widget/number_format.js";
import { DASHES, SHAPES } from "./paths.js";

const RATE = { min: -5, max: 1.5, step: 0.01 }; // powers of ten

export function runListView(say, signal, { kinds, onRuns, onSelect, onLift }) {
  const list = node("div", { class: "nbk-runs", role: "list", "aria-label": say("runs") });
  const add = node("button", { type: "button", class: "nbk-add" }, `+ ${say("add")}`);
  const box = node("div", { class: "nbk-run-list" }, list, add);
  const cards = [];
  let runs = [];

  const change = (i, parts) => onRuns(runs.with(i, { ...runs[i], ...parts }));
  listen(
    add,
    "click",
    () => {
      const unused = kinds.find((kind) => !runs.some((run) => run.kind === kind)) ?? kinds[0];
      onRuns([...runs, { kind: unused, lr: null, momentum: 0, more: {} }]);
    },
    signal,
  );

  function draw({ runs: all, paths, outcomes, step, selected }) {
    runs = all;
    while (cards.length > runs.length) cards.pop().card.remove();
    while (cards.length < runs.length) {
      cards.push(runCard(say, signal, cards.length, kinds, { change, remove, onSelect, onLift }));
      list.append(cards[cards.length - 1].card);
    }
    cards.forEach((card, i) =>
      card.draw(runs[i], {
        path: paths[i],
        outcome: outcomes[i],
        step,
        isSelected: i === selected,
        removable: runs.length > 1,
      }),
    );
    add.hidden = runs.length >= SHAPES.length;
  }

  function remove(i) {
    onRuns(runs.toSpliced(i, 1));
    cards[Math.min(i, runs.length - 2)]?.kind.focus();
  }

  return { box, draw };
}

function runCard(say, signal, i, kinds, { change, remove, onSelect, onLift }) {
  const n = i + 1;
  const kind = node(
    "select",
    { "aria-label": say("run", { n }) },
    ...kinds.map((name) => node("option", { value: name }, say(name))),
  );
  const swatch = svg(
    "svg",
    { class: "nbk-swatch", viewBox: "-18 -8 36 16", width: 36, height: 16, "aria-hidden": "true" },
    svg("path", { d: "M-18 0H18", class: "nbk-path", "stroke-dasharray": DASHES[i] }),
    svg("path", { class: "nbk-mark", d: SHAPES[i] }),
  );
  const lift = { type: "button", class: "nbk-lift", "aria-label": say("lift", { n }), title: say("lift", { n }) };
  const onTop = node("button", lift, swatch);
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
    { class: "nbk-run", role: "listitem", style: `--nbk-own: var(--nbk-${n})` },
    node("div", { class: "nbk-run-head" }, onTop, kind, loss, away),
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
  listen(onTop, "click", () => onSelect(i), signal);
  // Where paths overlap, the one whose card is hovered or focused comes to the top.
  for (const event of ["pointerenter", "focusin"]) listen(card, event, () => onLift(i), signal);
  for (const event of ["pointerleave", "focusout"]) listen(card, event, () => onLift(null), signal);

  function draw(run, { path, outcome, step, isSelected, removable }) {
    kind.value = run.kind;
    if (run.lr) {
      lr.input.value = Math.log10(run.lr);
      lr.say(run.lr);
    }
    momentum.box.hidden = run.steers === false;
    momentum.input.value = run.momentum;
    momentum.say(run.momentum);
    away.hidden = !removable;
    onTop.disabled = !removable;
    setAttributes(onTop, { "aria-pressed": String(isSelected) });
    if (!path || !outcome) return;
    setText(loss, outcome.kind === "waiting" ? "–" : formatShort(path.loss(step)));
    card.dataset.outcome = outcome.kind;
    setText(how, outcomeText(say, outcome));
  }
  return { card, kind, draw };
}

function outcomeText(say, { kind, step, safe }) {
  const text = say({ saddle: "saddle_end", waiting: "waiting_run" }[kind] ?? kind, { step });
  const bad = kind === "overflow" || kind === "climbing" || kind === "oscillating";
  return bad && safe ? `${text}${say("gap")}${say("safe", { lr: formatShort(safe) })}` : text;
}
