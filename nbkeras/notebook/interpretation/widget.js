// Reads: kind, total, summary, findings, has_pictures, layer, can_tsne, class_names, matrix_classes,
// matrix, report, bins, histogram, dots, dot_rows, view, cards, sizes, pictures, count, page,
// pages, projection, points, point_rows, point_classes, shares, corrections, code, busy,
// trouble, label, label_names, label_report, label_shown, ask, answered, words, static_copy.
// Writes: view, corrections, projection, label, ask.
// Sends: keep.

import { codeBox } from "../widget/controls.js";
import { focusedIn, freshId, listen, node, root, setAttributes, setHidden, setText } from "../widget/dom.js";
import { indexAfterKey } from "../widget/gestures.js";
import { kernelRequests } from "../widget/kernel_requests.js";
import { formatNumber } from "../widget/number_format.js";
import { speaker, watch } from "../widget/traits.js";
import { featureView, percent, reliabilityView, residualView } from "./diagrams.js";
import { galleryView, rowView } from "./gallery.js";
import { matrixView, reportView } from "./matrix.js";

function render({ model, el, kernel }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const box = root(model, el, "interpretation");
  const late = node("p", { class: "nbk-late", role: "status" });
  const { save } = kernelRequests(model, signal, {
    kernel,
    onWait: (waiting) => setAttributes(box, { "aria-busy": String(waiting) }),
    onLate: (isLate) => setText(late, kernel.isGone() ? say("kernel_gone") : isLate ? say("waiting") : ""),
  });
  const trouble = node("p", { class: "nbk-trouble", role: "status" });
  const top = topBar(model, say, signal, (label) => save("label", label));
  const shown = node("div", { class: "nbk-shown" });
  let parts = new AbortController();
  // The views of a result are built anew for another label of several.
  function build() {
    const hadFocus = shown.contains(focusedIn(shown));
    parts.abort();
    parts = new AbortController();
    top.draw();
    shown.replaceChildren(...resultView(model, say, parts.signal, { kernel, save }));
    if (hadFocus) top.focus();
  }
  box.append(top.box, trouble, late, shown);
  watch(model, ["label_shown"], build, signal);
  watch(model, ["trouble"], () => setText(trouble, model.get("trouble")), signal);
  signal.addEventListener("abort", () => parts.abort());
  return () => off.abort();
}

// The findings, views, pictures and corrections of the result that is shown.
function resultView(model, say, signal, { kernel, save }) {
  // Without a kernel, the pictures that are there and the tabs.
  const isThere = (row) => row < 0 || model.get("cards").some((card) => card.row === row);
  const isLocal = ({ tab, row, ...others }) => !Object.keys(others).length && (Boolean(tab) || isThere(row));
  const onView = (parts) => save("view", { ...model.get("view"), ...parts }, isLocal(parts));
  const tabs = tabView(model, say, signal, panels(model, say, signal, { kernel, save, onView }), onView);
  const gallery = galleryView(model, say, signal, { onView });
  const row = rowView(model, say, signal, {
    onCorrect: (at, value) => save("corrections", corrected(model.get("corrections"), at, value)),
    onClose: () => onView({ row: -1 }),
    onLeft: (at) => gallery.cardOf(at),
  });
  const code = correctionView(model, say, signal, {
    onDiscard: () => save("corrections", {}),
    onLeft: () => gallery.cardOf(model.get("view").row),
  });
  const right = node("div", { class: "nbk-side" }, row.box, gallery.box);
  const room = node("div", { class: "nbk-room" }, tabs.box, right);
  const findings = node(
    "ul",
    { class: "nbk-findings", "aria-label": say("findings") },
    ...model.get("findings").map((text) => node("li", {}, text)),
  );
  findings.hidden = !findings.children.length;
  watch(model, ["view", "cards", "pictures", "corrections", "count", "page", "pages"], gallery.draw, signal);
  watch(model, ["view", "cards", "pictures", "corrections"], row.draw, signal);
  watch(model, ["view", "points", "busy", "projection"], tabs.draw, signal);
  watch(model, ["code", "corrections"], code.draw, signal);
  return [findings, room, code.box];
}

// The corrections with one added, or with one removed (null).
export function corrected(corrections, row, value) {
  const { [row]: _, ...others } = corrections;
  return value === null ? others : { ...others, [row]: value };
}

function topBar(model, say, signal, onLabel) {
  const lang = model.get("words").lang;
  const names = model.get("label_names");
  const id = freshId("label");
  const pick = node("select", { id }, ...names.map((name, i) => node("option", { value: i }, name)));
  const of = node("div", { class: "nbk-line" }, node("label", { for: id }, say("of_label")), pick);
  of.hidden = names.length === 0;
  listen(pick, "change", () => onLabel(Number(pick.value)), signal);
  const list = node("dl", { class: "nbk-facts" });
  const box = node(
    "div",
    { class: "nbk-top" },
    node("strong", { class: "nbk-title" }, say("title")),
    node("span", { class: "nbk-hint" }, say("rows", { n: model.get("total").toLocaleString(lang) })),
    of,
    list,
  );
  function draw() {
    pick.value = String(model.get("label_shown"));
    list.replaceChildren(
      ...factsOf(model, lang).map(([key, value]) => node("div", {}, node("dt", {}, say(key)), node("dd", {}, value))),
    );
  }
  return { box, draw, focus: () => pick.focus() };
}

// [name, text] of the numbers above the views.
function factsOf(model, lang) {
  const summary = model.get("summary");
  if (model.get("kind") === "numbers")
    return ["mae", "rmse", "bias", "r2"].map((key) => [key, formatNumber(summary[key])]);
  const facts = [
    ["accuracy", percent(summary.accuracy)],
    ["mistakes", summary.mistakes.toLocaleString(lang)],
    ["ece", summary.ece.toFixed(3)],
    ["suspects", summary.suspects.toLocaleString(lang)],
  ];
  return "exact_match" in summary ? [["exact_match", percent(summary.exact_match)], ...facts] : facts;
}

function panels(model, say, signal, { kernel, save, onView }) {
  const onRow = (row) => onView({ row });
  if (model.get("kind") === "numbers") return { residuals: residualView(model, say, signal, { onRow }) };
  const isMultiLabel = model.get("label_names").length > 0;
  return {
    confusion: matrixView(model, say, signal, {
      onCell: (label, predicted) => onView({ source: "cell", label, predicted, page: 0, row: -1 }),
    }),
    ...(isMultiLabel
      ? {
          by_label: reportView(say, signal, {
            title: say("label"),
            names: model.get("label_names"),
            report: model.get("label_report"),
            buttonName: "show_label",
            onChoose: (label) => save("label", label),
          }),
        }
      : {}),
    by_class: reportView(say, signal, {
      title: say("class"),
      names: model.get("class_names"),
      report: model.get("report"),
      buttonName: "show_class",
      onChoose: (label) => onView({ source: "class", label, page: 0, row: -1 }),
    }),
    calibration: reliabilityView(model, say),
    features: featureView(model, say, signal, {
      kernel,
      onRow,
      onProjection: (name) => save("projection", name),
    }),
  };
}

function tabView(model, say, signal, views, onView) {
  const names = Object.keys(views);
  const id = freshId("tab");
  const tabs = names.map((name) => {
    const tab = node(
      "button",
      { type: "button", role: "tab", id: `${id}-${name}`, "aria-controls": `${id}-of-${name}` },
      say(name),
    );
    listen(tab, "click", () => onView({ tab: name }), signal);
    return tab;
  });
  const bar = node("div", { class: "nbk-tabs", role: "tablist", "aria-label": say("tabs") }, ...tabs);
  listen(
    bar,
    "keydown",
    (event) => {
      const at = names.indexOf(model.get("view").tab);
      const next = indexAfterKey(event.key, at, names.length - 1);
      if (next === null) return;
      event.preventDefault();
      onView({ tab: names[next] });
      tabs[next].focus();
    },
    signal,
  );
  const boxes = names.map((name) =>
    node("div", { role: "tabpanel", id: `${id}-of-${name}`, "aria-labelledby": `${id}-${name}` }, views[name].box),
  );
  bar.hidden = names.length < 2;
  function draw() {
    const now = names.includes(model.get("view").tab) ? model.get("view").tab : names[0];
    names.forEach((name, i) => {
      setAttributes(tabs[i], { "aria-selected": String(name === now), tabindex: name === now ? 0 : -1 });
      boxes[i].hidden = name !== now;
    });
    views[now].draw();
  }
  return { box: node("div", { class: "nbk-views" }, bar, ...boxes), draw };
}

function correctionView(model, say, signal, { onDiscard, onLeft }) {
  const code = codeBox(model, say, signal);
  const hint = node("p", { class: "nbk-hint", role: "status" });
  const discard = node("button", { type: "button" }, say("discard"));
  listen(discard, "click", onDiscard, signal);
  const box = node("div", { class: "nbk-corrections" }, node("div", { class: "nbk-line" }, hint, discard), code.box);
  box.hidden = model.get("kind") === "numbers";
  function draw() {
    const n = Object.keys(model.get("corrections")).length;
    setText(hint, n ? say("corrections", { n }) : say("no_corrections"));
    setHidden(discard, n === 0, onLeft);
    setHidden(code.box, n === 0, onLeft);
    if (n) code.box.open = true;
    code.draw();
  }
  return { box, draw };
}

export default { render };
