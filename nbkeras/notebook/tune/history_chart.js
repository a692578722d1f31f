// The objective of each trial as a dot, and the best so far as a step line.

import { leastSpan, linear, niceTicks } from "../widget/charts/scales.js";
import { listen, node, setAttributes, setText, svg } from "../widget/dom.js";
import { indexAfterKey, isShortcut } from "../widget/gestures.js";
import { formatNumber, formatTick } from "../widget/number_format.js";

const MARGIN = { left: 52, right: 12, top: 10, bottom: 24 };
const HEIGHT = 210;
const HIT_PX = 14;

export function historyChart(say, signal, choose) {
  const title = node("h4");
  const grid = svg("g", { class: "nbk-axes" });
  const line = svg("path", { class: "nbk-best-line" });
  const dots = svg("g");
  const face = svg("svg", { class: "nbk-face", tabindex: 0, role: "slider", "aria-valuemin": 0 }, grid, line, dots);
  const spoken = node("p", { class: "nbk-hint" });
  const box = node("section", { class: "nbk-history" }, title, face, spoken);
  let shown = null; // {trials, x, y, state}

  function draw(state, matching, width) {
    const trials = state.trials.filter((trial) => trial.value !== null && trial.status !== "failed");
    setText(title, say("history", { objective: state.objective }));
    setAttributes(face, { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` });
    const last = state.trials[state.trials.length - 1].n;
    const values = trials.map((trial) => trial.value);
    const [low, high] = values.length ? leastSpan(Math.min(...values), Math.max(...values)) : [0, 1];
    const air = 0.08 * (high - low || Math.abs(high) || 1);
    const x = linear([-0.5, Math.max(last, 4) + 0.5], [MARGIN.left, width - MARGIN.right]);
    const y = linear([low - air, high + air], [HEIGHT - MARGIN.bottom, MARGIN.top]);
    shown = { trials, x, y, state };
    drawGrid(grid, { low: low - air, high: high + air, last, x, y, width });
    setAttributes(line, { d: bestLine(trials, state, x, y) });
    const matchingNumbers = new Set(matching.map((trial) => trial.n));
    dots.replaceChildren(...trials.map((trial) => dot(trial, state, matchingNumbers, x, y)));
    speak(state, trials);
  }

  function speak(state, trials) {
    const at = chosenIndex(state, trials);
    const text = at < 0 ? say("history_help") : trialText(trials[at], state, say);
    setText(spoken, text);
    setAttributes(face, {
      "aria-label": `${say("history", { objective: state.objective })} ${say("history_help")}`,
      "aria-valuemax": Math.max(trials.length - 1, 0),
      "aria-valuenow": Math.max(at, 0),
      "aria-valuetext": text,
    });
  }

  listen(
    face,
    "click",
    (event) => {
      const near = nearestDot(shown, event, face);
      if (near) choose(near.n);
    },
    signal,
  );
  listen(
    face,
    "keydown",
    (event) => {
      if (!shown || isShortcut(event)) return;
      const { state, trials } = shown;
      const at = chosenIndex(state, trials);
      const index = indexAfterKey(event.key, Math.max(at, 0), trials.length - 1);
      if (index !== null && trials[index] && trials[index].n !== state.chosen) choose(trials[index].n);
      else if (event.key === "Escape" && state.chosen !== null) choose(state.chosen);
      else if (index === null) return;
      event.preventDefault();
    },
    signal,
  );
  return { box, draw };
}

export function trialText(trial, { objective }, say) {
  const status = say(`trial_${trial.status}`);
  if (trial.value === null) return `${say("trial_none", { n: trial.n, status })} ${trial.error}`.trim();
  return say("trial", { n: trial.n, status, objective, value: formatNumber(trial.value) });
}

const chosenIndex = ({ chosen }, trials) => trials.findIndex((trial) => trial.n === chosen);

function nearestDot(shown, event, face) {
  if (!shown) return null;
  const edge = face.getBoundingClientRect();
  const [px, py] = [event.clientX - edge.left, event.clientY - edge.top];
  let [near, distance] = [null, HIT_PX];
  for (const trial of shown.trials) {
    const away = Math.hypot(shown.x(trial.n) - px, shown.y(trial.value) - py);
    if (away < distance) [near, distance] = [trial, away];
  }
  return near;
}

function dot(trial, { best, chosen }, matchingNumbers, x, y) {
  return svg("circle", {
    cx: x(trial.n).toFixed(1),
    cy: y(trial.value).toFixed(1),
    r: trial.n === chosen ? 7 : trial.n === best ? 5.5 : 4,
    class: "nbk-dot",
    "data-status": trial.status,
    "data-best": String(trial.n === best),
    "data-chosen": String(trial.n === chosen),
    "data-off": String(!matchingNumbers.has(trial.n)),
  });
}

function bestLine(trials, { isMax }, x, y) {
  let best = null;
  let path = "";
  for (const { n, value } of trials) {
    const [px, before] = [x(n).toFixed(1), best];
    if (best === null || (isMax ? value > best : value < best)) best = value;
    const py = y(best).toFixed(1);
    path += before === null ? `M${px} ${py}` : `H${px}V${py}`;
  }
  return path;
}

function drawGrid(grid, { low, high, last, x, y, width }) {
  const bottom = HEIGHT - MARGIN.bottom;
  const whole = niceTicks(0, Math.max(last, 4), Math.max(2, Math.round(width / 90))).filter(Number.isInteger);
  grid.replaceChildren(
    ...niceTicks(low, high, 5).map((tick) => {
      const at = y(tick).toFixed(1);
      return svg(
        "g",
        {},
        svg("path", { d: `M${MARGIN.left} ${at}H${width - MARGIN.right}` }),
        svg("text", { x: MARGIN.left - 6, y: at, dy: "0.32em", "text-anchor": "end" }, formatTick(tick)),
      );
    }),
    ...whole.map((tick) =>
      svg("text", { x: x(tick).toFixed(1), y: bottom + 16, "text-anchor": "middle" }, formatTick(tick)),
    ),
    svg("path", { class: "nbk-base", d: `M${MARGIN.left} ${bottom}H${width - MARGIN.right}` }),
  );
}
