// All trials as a table, the best first; clicking a row selects its trial.

import { focusedIn, listen, node } from "../widget/dom.js";
import { formatNumber, formatShort } from "../widget/number_format.js";

const MOST_ROWS = 100;

export function trialTable(say, signal, choose) {
  const head = node("tr");
  const body = node("tbody");
  const box = node(
    "details",
    { class: "nbk-trials" },
    node("summary", {}, say("table")),
    node(
      "div",
      { class: "nbk-scroll", tabindex: 0, role: "group", "aria-label": say("table") },
      node("table", {}, node("thead", {}, head), body),
    ),
  );
  let latest = null;
  listen(box, "toggle", () => latest && draw(...latest), signal);

  function draw(state, matching) {
    latest = [state, matching];
    if (!box.open) return;
    const { axes, objective, isMax, chosen } = state;
    const titles = [say("number"), objective, ...axes.map((axis) => axis.name), say("status"), say("time_s")];
    head.replaceChildren(...titles.map((title) => node("th", { scope: "col" }, title)));
    const worst = isMax ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const order = [...matching].sort(
      (a, b) => ((b.value ?? worst) - (a.value ?? worst)) * (isMax ? 1 : -1) || a.n - b.n,
    );
    const active = focusedIn(body);
    const focused = body.contains(active) ? active.dataset.n : null;
    body.replaceChildren(
      ...order.slice(0, MOST_ROWS).map((trial) => {
        const pick = node(
          "button",
          { type: "button", "aria-pressed": String(trial.n === chosen), "data-n": trial.n },
          trial.n,
        );
        pick.addEventListener("click", () => choose(trial.n));
        const cells = [
          trial.value === null ? "–" : formatNumber(trial.value),
          ...axes.map(({ key }) => shown(trial.params[key])),
          trial.error
            ? say("labelled", { label: say(`trial_${trial.status}`), text: trial.error })
            : say(`trial_${trial.status}`),
          formatShort(trial.seconds),
        ];
        return node(
          "tr",
          { "data-chosen": String(trial.n === chosen) },
          node("td", {}, pick),
          ...cells.map((text) => node("td", {}, text)),
        );
      }),
    );
    if (focused !== null) /** @type {HTMLElement} */ (body.querySelector(`[data-n="${focused}"]`))?.focus();
  }
  return { box, draw };
}

function shown(value) {
  if (value === undefined) return "–";
  return typeof value === "number" ? formatShort(value) : String(value);
}
