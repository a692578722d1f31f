// The confusion matrix, and precision and recall by class.
import { listen, named, node, setAttributes } from "../widget/dom.js";
import { arrowDirection } from "../widget/gestures.js";
import { numbers } from "../widget/traits.js";

const MOST_NUMBERS = 16; // most classes for which cells have room for numbers
const STRONG = 0.7; // fraction of a row from which a cell has the full colour
const WEAK = 60; // percentage of the colour below that, times the fraction

// The style of a cell from its fraction of the row; keeps the count readable.
export function cellStyle(share, isRight) {
  if (share === 0) return { style: null, strong: false };
  const color = `var(--nbk-${isRight ? 1 : 2})`;
  if (share >= STRONG) return { style: `background: ${color}`, strong: true };
  const percent = (5 + share * WEAK).toFixed(0);
  return { style: `background: color-mix(in srgb, ${color} ${percent}%, var(--nbk-paper))`, strong: false };
}

export function matrixView(model, say, signal, { onCell }) {
  const names = model.get("class_names");
  const shown = model.get("matrix_classes");
  const counts = numbers(model.get("matrix"), Int32Array);
  const k = shown.length;
  const cells = [];
  const header = (scope, i) =>
    node(
      "th",
      { scope, class: `nbk-${scope}`, title: names[shown[i]] },
      named(node("span", { class: "nbk-cut" }), names[shown[i]]),
    );
  const rows = shown.map((label, i) => {
    const row = counts.subarray(i * k, (i + 1) * k);
    const total = model.get("report")[label][3] || 1;
    const entries = shown.map((predicted, j) => {
      const { style, strong } = cellStyle(row[j] / total, i === j);
      const name = say("cell", { label: names[label], predicted: names[predicted], n: row[j] });
      const text = row[j] && k <= MOST_NUMBERS ? String(row[j]) : "";
      const button = node("button", { type: "button", tabindex: -1, "aria-label": name, title: name, style }, text);
      button.classList.toggle("nbk-strong", strong);
      const press = () => {
        settle(i * k + j);
        onCell(label, predicted);
      };
      listen(button, "click", press, signal);
      cells.push(button);
      return node("td", {}, button);
    });
    return node("tr", {}, header("row", i), ...entries);
  });
  const corner = node("td", { class: "nbk-corner" }, `${say("label")} ↓ ${say("predicted")} →`);
  const table = node(
    "table",
    { class: `nbk-matrix${k > MOST_NUMBERS ? " nbk-small" : ""}`, "aria-label": say("matrix") },
    node("thead", {}, node("tr", {}, corner, ...shown.map((_, i) => header("col", i)))),
    node("tbody", {}, ...rows),
  );
  let at = 0;
  const settle = (index) => {
    cells[at].tabIndex = -1;
    at = index;
    cells[at].tabIndex = 0;
  };
  const focus = (index) => {
    settle(index);
    cells[at].focus();
  };
  if (cells.length) cells[0].tabIndex = 0;
  listen(
    table,
    "keydown",
    (event) => {
      const arrow = arrowDirection(event);
      if (!arrow) return;
      event.preventDefault();
      const [row, column] = [Math.floor(at / k) - arrow[1], (at % k) + arrow[0]];
      if (row >= 0 && row < k && column >= 0 && column < k) focus(row * k + column);
    },
    signal,
  );
  const some =
    k < names.length ? node("p", { class: "nbk-hint" }, say("some_classes", { n: k, k: names.length })) : null;
  const box = node("div", { class: "nbk-scroll" }, table, some);
  function draw() {
    const { source, label, predicted } = model.get("view");
    cells.forEach((cell, index) => {
      const here = source === "cell" && shown[Math.floor(index / k)] === label && shown[index % k] === predicted;
      setAttributes(cell, { "aria-pressed": here ? "true" : null });
    });
  }
  return { box, draw };
}

// Precision, recall and F1 of classes, or of labels of which a row can have several.
export function reportView(say, signal, { title, names, report, buttonName, onChoose }) {
  const columns = ["precision", "recall", "f1"];
  const head = node(
    "tr",
    {},
    node("th", { scope: "col" }, title),
    ...columns.map((name) =>
      node("th", { scope: "col", title: name === "f1" ? null : say(`${name}_help`) }, say(name)),
    ),
    node("th", { scope: "col" }, say("support")),
  );
  const rows = report.map((values, i) => {
    const name = names[i];
    const button = node("button", { type: "button", class: "nbk-class", title: name }, name);
    setAttributes(button, { "aria-label": say(buttonName, { name }) });
    listen(button, "click", () => onChoose(i), signal);
    const shares = values
      .slice(0, 3)
      .map((value) =>
        node(
          "td",
          { class: "nbk-share" },
          node("span", { class: "nbk-fill", style: `width: ${(100 * value).toFixed(1)}%` }),
          node("span", { class: "nbk-number" }, value.toFixed(3)),
        ),
      );
    return node("tr", {}, node("th", { scope: "row" }, button), ...shares, node("td", {}, String(values[3])));
  });
  const table = node("table", { class: "nbk-report" }, node("thead", {}, head), node("tbody", {}, ...rows));
  return { box: node("div", { class: "nbk-scroll" }, table), draw: () => {} };
}
