// The confusion matrix and the inside view as of the slider's epoch, computed when open.

import { cellStyle } from "../interpretation/matrix.js";
import { mountChild } from "../widget/child_widget.js";
import { listen, node, setAttributes, setText } from "../widget/dom.js";

const MOST_NUMBERS = 12; // most classes for which cells have room for numbers

export function pastViews(model, say, signal, { kernel, change, ask }) {
  const toggle = (key) => {
    const button = node("button", { type: "button", class: "nbk-toggle" }, say(`past_${key}`));
    const flip = () => {
      change({ [key]: !model.get("view")[key] });
      ask();
    };
    listen(button, "click", flip, signal);
    return button;
  };
  const toggles = { confusion: toggle("confusion"), inside: toggle("inside") };
  const bar = node("div", { class: "nbk-past-bar" }, toggles.confusion, toggles.inside);
  const confusion = confusionBox(say);
  const inside = insideBox(model, say, signal, kernel);
  return {
    box: node("div", { class: "nbk-past" }, bar, confusion.box, inside.box),
    // Whether everything that is open is shown as of the epoch, for the example.
    isKnown(epoch, row) {
      const [view, past] = [model.get("view"), model.get("past")];
      const sameInside = past.inside_epoch === epoch && past.inside_row === row;
      return (!view.confusion || past.epoch === epoch) && (!view.inside || sameInside);
    },
    draw(epoch) {
      const view = model.get("view");
      for (const [key, button] of Object.entries(toggles)) {
        setAttributes(button, { "aria-pressed": String(view[key]) });
        button.disabled = kernel.isGone() && !view[key];
      }
      const past = model.get("past");
      const words = epochWords(say, epoch);
      confusion.draw(view.confusion, past, words, past.epoch === epoch || kernel.isGone());
      inside.draw(view.inside, past, words, past.inside_epoch === epoch || kernel.isGone());
    },
  };
}

const epochWords = (say, epoch) => (epoch === 0 ? say("then_start") : say("past_epoch", { epoch }));

function confusionBox(say) {
  const head = node("p", { class: "nbk-past-note", role: "status" });
  const table = node("table", { class: "nbk-confusion", "aria-label": say("past_confusion") });
  const box = node("div", { class: "nbk-past-confusion" }, head, node("div", { class: "nbk-past-scroll" }, table));
  let drawn = null;
  return {
    box,
    draw(isOpen, past, words, isCurrent) {
      box.hidden = !isOpen;
      if (!isOpen) return;
      const facts = { rows: past.rows, accuracy: (100 * (past.accuracy ?? 0)).toFixed(1), epoch: words };
      const text = past.note || (past.matrix.length ? say("confusion_of", facts) : "");
      setText(head, isCurrent ? text : say("past_waits"));
      head.dataset.waits = String(!isCurrent);
      table.hidden = !past.matrix.length || Boolean(past.note);
      if (drawn === past) return;
      drawn = past;
      table.replaceChildren(...matrixRows(past, say));
    },
  };
}

function matrixRows({ matrix, classes }, say) {
  const header = (scope, k) => node("th", { scope }, String(k));
  const sides = [`${say("true_class")} ↓`, `${say("predicted_class")} →`].map((text) => node("span", {}, text));
  const corner = node("td", { class: "nbk-corner" }, ...sides);
  const head = node("tr", {}, corner, ...classes.map((k) => header("col", k)));
  const rows = matrix.map((counts, i) => {
    const total = counts.reduce((sum, n) => sum + n, 0) || 1;
    const cells = counts.map((n, j) => {
      const { style, strong } = cellStyle(n / total, i === j);
      const name = say("confusion_cell", { label: classes[i], predicted: classes[j], n });
      const text = n && classes.length <= MOST_NUMBERS ? String(n) : "";
      return node("td", { style, title: name, class: strong ? "nbk-strong" : null }, text);
    });
    return node("tr", {}, header("row", classes[i]), ...cells);
  });
  return [node("thead", {}, head), node("tbody", {}, ...rows)];
}

// The inside view is a widget of its own; another run brings another one.
function insideBox(model, say, signal, kernel) {
  const note = node("p", { class: "nbk-past-note", role: "status" });
  const place = node("div", { class: "nbk-past-inside-view" });
  const box = node("div", { class: "nbk-past-inside" }, note, place);
  let [mounted, leave] = [null, null];
  const unmount = () => {
    leave?.abort();
    [mounted, leave] = [null, null];
    place.replaceChildren();
  };
  signal.addEventListener("abort", unmount);
  return {
    box,
    draw(isOpen, past, words, isCurrent) {
      const child = model.get("inside");
      if (mounted && (!isOpen || child !== mounted)) unmount();
      box.hidden = !isOpen;
      if (!isOpen) return;
      const text = past.inside_note || say("inside_of", { epoch: words });
      setText(note, isCurrent ? text : say("past_waits"));
      note.dataset.waits = String(!isCurrent);
      if (!child || mounted) return;
      mounted = child;
      leave = new AbortController();
      mountChild(model, "inside", place, leave.signal, kernel);
    },
  };
}
