// The pictures of a selection, and a selected one with its prediction and correction.

import {
  focusedIn,
  freshId,
  listen,
  named,
  node,
  setAttributes,
  setDisabled,
  setHidden,
  setText,
} from "../widget/dom.js";
import { onEscape } from "../widget/gestures.js";
import { formatNumber } from "../widget/number_format.js";
import { paint } from "../widget/pixels.js";
import { numbers } from "../widget/traits.js";
import { percent } from "./diagrams.js";

const SOURCES = ["mistakes", "suspects", "unsure", "sure"];

// The offset of each picture in the trait.
function slices(model) {
  const pixels = numbers(model.get("pictures"), Uint8Array);
  let start = 0;
  return model.get("sizes").map(([height, width, channels]) => {
    const part = pixels.subarray(start, start + height * width * channels);
    start += part.length;
    return { pixels: part, height, width, channels };
  });
}

function draws(canvas, picture) {
  canvas.hidden = !picture;
  if (picture) paint(canvas, picture.pixels, picture.height, picture.width, picture.channels);
}

// One picture of the gallery, with its label and prediction.
function pictureCard(model, say, signal, { state, picture, i, onView }) {
  const names = model.get("class_names");
  const isClasses = model.get("kind") === "classes";
  const canvas = node("canvas", { "aria-hidden": "true" });
  draws(canvas, picture);
  const right = state.label === state.predicted;
  const [first, second] = isClasses
    ? [names[state.label], `${right ? "✓" : "→"} ${names[state.predicted]}`]
    : [formatNumber(state.target), `→ ${formatNumber(state.prediction)}`];
  const name = isClasses
    ? say("card", {
        name: state.name,
        label: names[state.label],
        predicted: names[state.predicted],
        confidence: percent(state.confidence),
      })
    : say("labelled", {
        label: state.name,
        text: say("target_line", { target: first, prediction: formatNumber(state.prediction) }),
      });
  const correction = model.get("corrections")[state.row];
  const mark =
    correction === undefined
      ? null
      : node(
          "span",
          { class: "nbk-mark" },
          correction < 0 ? say("left_out") : say("corrected", { name: names[correction] }),
        );
  const button = node(
    "button",
    { type: "button", class: "nbk-card", "aria-label": name, title: name },
    canvas,
    named(node("span", { class: "nbk-cut" }), first),
    named(node("span", { class: `nbk-cut${right ? "" : " nbk-bad"}` }), second),
    isClasses ? node("span", { class: "nbk-hint" }, percent(state.confidence)) : null,
    mark,
  );
  setAttributes(button, { "aria-pressed": String(state.row === model.get("view").row) });
  listen(button, "click", () => onView({ row: state.row === model.get("view").row ? -1 : state.row }), signal);
  button.dataset.row = String(state.row);
  button.dataset.place = String(i);
  return button;
}

export function galleryView(model, say, signal, { onView }) {
  const names = model.get("class_names");
  const isClasses = model.get("kind") === "classes";
  const id = freshId("source");
  const pick = node("select", { id });
  const count = node("span", { class: "nbk-hint", role: "status" });
  const grid = node("div", { class: "nbk-grid", role: "group", "aria-label": say("gallery") });
  const empty = node("p", { class: "nbk-empty" });
  const rule = node("p", { class: "nbk-hint" });
  const [previous, next] = ["previous", "next"].map((key) => node("button", { type: "button" }, say(key)));
  const page = node("span", { class: "nbk-hint" });
  const pages = node("div", { class: "nbk-line" }, previous, page, next);
  listen(pick, "change", () => onView({ source: pick.value, page: 0, row: -1 }), signal);
  listen(previous, "click", () => onView({ page: model.get("page") - 1, row: -1 }), signal);
  listen(next, "click", () => onView({ page: model.get("page") + 1, row: -1 }), signal);
  const title = isClasses
    ? node("div", { class: "nbk-line" }, node("label", { for: id }, say("show")), pick, count)
    : node("div", { class: "nbk-line" }, node("strong", {}, say("worst")), count);
  const box = node("div", { class: "nbk-gallery" }, title, rule, empty, grid, pages);
  const values = (view) => ({ label: names[view.label], predicted: names[view.predicted] });

  function draw() {
    const view = model.get("view");
    const pictures = slices(model);
    const focused = focusedIn(grid)?.closest(".nbk-card")?.getAttribute("data-place");
    grid.replaceChildren(
      ...model
        .get("cards")
        .map((state, i) => pictureCard(model, say, signal, { state, picture: pictures[i], i, onView })),
    );
    if (focused !== undefined) grid.children[Number(focused)]?.focus();
    const extra = ["cell", "class"].includes(view.source) ? [view.source] : [];
    pick.replaceChildren(
      ...[...SOURCES, ...extra].map((name) => node("option", { value: name }, say(`source_${name}`, values(view)))),
    );
    pick.value = view.source;
    setText(count, say("number_of", { n: model.get("count").toLocaleString(model.get("words").lang) }));
    const none = ["mistakes", "suspects"].includes(view.source) ? view.source : "cell";
    setText(empty, model.get("count") ? "" : say(`none_${none}`));
    setText(rule, view.source === "suspects" ? say("suspects_rule") : "");
    pages.hidden = model.get("pages") < 2;
    setDisabled(previous, model.get("page") === 0);
    setDisabled(next, model.get("page") >= model.get("pages") - 1);
    setText(page, say("page_of", { page: model.get("page") + 1, pages: model.get("pages") }));
  }
  // Where the focus goes from what belongs to a row: to its card, else to the first control.
  const cardOf = (row) => grid.querySelector(`[data-row="${row}"]`) ?? grid.firstElementChild ?? pick;
  return { box, draw, cardOf };
}

// One row: its picture, the most confident classes, and its correction.
export function rowView(model, say, signal, { onCorrect, onClose, onLeft }) {
  const names = model.get("class_names");
  const canvas = node("canvas", { role: "img" });
  const name = node("h4");
  const bars = node("ul", { class: "nbk-bars" });
  const id = freshId("right");
  const pick = node(
    "select",
    { id },
    node("option", { value: "" }),
    ...names.map((text, i) => node("option", { value: i }, text)),
  );
  const out = node("button", { type: "button" }, say("leave_out"));
  const close = node("button", { type: "button" }, say("close_row"));
  const choice = node("div", { class: "nbk-line" }, node("label", { for: id }, say("right_class")), pick, out);
  const text = node("div", {}, name, bars, choice, close);
  const box = node("section", { class: "nbk-detail" }, node("div", { class: "nbk-frame" }, canvas), text);
  let state = null;
  listen(pick, "change", () => onCorrect(state.row, pick.value === "" ? null : Number(pick.value)), signal);
  listen(out, "click", () => onCorrect(state.row, model.get("corrections")[state.row] === -1 ? null : -1), signal);
  listen(close, "click", onClose, signal);
  onEscape(box, onClose, signal);
  function draw() {
    const row = model.get("view").row;
    const place = model.get("cards").findIndex((card) => card.row === row);
    const before = state;
    state = place < 0 ? null : model.get("cards")[place];
    setHidden(box, !state, () => onLeft(before.row));
    if (!state) return;
    const picture = slices(model)[place];
    draws(canvas, picture);
    setText(name, state.name);
    setAttributes(box, { "aria-label": say("answer", { name: state.name }) });
    setAttributes(canvas, { "aria-label": say("picture", { name: state.name }) });
    choice.hidden = !state.best;
    if (!state.best) {
      const line = { target: formatNumber(state.target), prediction: formatNumber(state.prediction) };
      bars.replaceChildren(node("li", {}, say("target_line", line)));
      return;
    }
    bars.replaceChildren(
      ...state.best.map(([k, share]) =>
        node(
          "li",
          { class: k === state.label ? "nbk-right" : null },
          node("span", { class: "nbk-fill", style: `width: ${(100 * share).toFixed(1)}%` }),
          named(node("span", { class: "nbk-cut", title: names[k] }), `${k === state.label ? "✓ " : ""}${names[k]}`),
          node("span", {}, percent(share)),
        ),
      ),
    );
    const correction = model.get("corrections")[row];
    setText(pick.options[0], say("as_given", { name: names[state.label] }));
    pick.value = correction === undefined || correction < 0 ? "" : String(correction);
    setAttributes(out, { "aria-pressed": String(correction === -1) });
  }
  return { box, draw };
}
