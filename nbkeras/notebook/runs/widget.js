// Reads: folder, rows, metrics, upwards, differing, same, curves, curve_sizes, unreadable,
// is_cut, view, board, opened, trouble, words, static_copy.
// Writes: view. Sends: open, close, refresh.

import { mountChild } from "../widget/child_widget.js";
import { focusedIn, freshId, listen, node, root, setAttributes, setHidden, setText } from "../widget/dom.js";
import { saver, speaker, watch } from "../widget/traits.js";
import { overlay } from "./overlay.js";
import { runTable, settingName, settingText } from "./run_table.js";
import { bestOf, curvesOf, fits, metricOf, ordered } from "./runs.js";

function render({ model, el, kernel }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const save = saver(model, signal);
  const box = root(model, el, "runs");
  const change = (part) => {
    save("view", { ...model.get("view"), ...part });
  };
  const local = { pointed: null }; // the hovered run
  const scene = () => sceneOf(model, local);

  const tools = toolBar(model, say, signal, change, scene);
  const chart = overlay(say, signal, (name) => {
    local.pointed = name;
    table.mark(name);
  });
  const table = runTable(model, say, {
    change,
    point(name) {
      local.pointed = name;
      chart.draw(scene());
    },
  });
  const notes = noteBox(model, say);
  const detail = detailBox(model, say, signal, kernel, table);
  box.append(tools.head, tools.bar, notes.trouble, chart.box, table.box, notes.box, detail.box);

  function draw() {
    const now = scene();
    tools.draw(now, kernel.isGone());
    chart.draw(now);
    table.draw(now, kernel.isGone());
    notes.draw(now);
    chart.box.hidden = !now.all.length;
  }
  watch(model, ["rows", "view", "curves", "trouble", "unreadable"], draw, signal);
  watch(model, ["opened"], detail.draw, signal);
  kernel.onGone(() => {
    draw();
    detail.draw();
  });
  const size = new ResizeObserver(() => requestAnimationFrame(() => signal.aborted || chart.draw(scene())));
  size.observe(chart.box);
  signal.addEventListener("abort", () => size.disconnect());
  return () => off.abort();
}

// The displayed state: matching runs in order, and which of them are drawn.
function sceneOf(model, local) {
  const view = model.get("view");
  const metric = metricOf(model.get("metrics"), view.metric);
  const all = model.get("rows").map((row, index) => ({ ...row, index }));
  const shown = all.filter((row) => fits(row, view.filter));
  const upwards = model.get("upwards").includes(metric);
  const rows = ordered(shown, view.sort, view.down, metric);
  const curves = curvesOf(model.get("curves"), model.get("curve_sizes"), metric);
  const drawn = shown.filter((row) => !view.hidden.includes(row.name) && curves[row.index]);
  const best = bestOf(shown, metric, upwards);
  return { view, metric, all, shown, rows, curves, drawn, best, upwards, pointed: local.pointed };
}

function toolBar(model, say, signal, change, scene) {
  const title = node("strong", {});
  const count = node("span", { class: "nbk-count", role: "status" });
  const [filterId, metricId] = [freshId("filter"), freshId("metric")];
  const filter = node("input", { id: filterId, type: "text", placeholder: say("filter_hint"), spellcheck: "false" });
  const metric = node("select", { id: metricId });
  const button = (key, act) => {
    const button = node("button", { type: "button" }, say(key));
    listen(button, "click", act, signal);
    return button;
  };
  const log = button("log", () => change({ log: !model.get("view").log }));
  const all = button("draw_all", () => change({ hidden: [] }));
  const none = button("draw_none", () => change({ hidden: scene().shown.map((row) => row.name) }));
  const refresh = button("refresh", () => model.send({ do: "refresh" }));
  listen(filter, "input", () => change({ filter: filter.value }), signal);
  listen(metric, "change", () => change({ metric: metric.value }), signal);
  const bar = node(
    "div",
    { class: "nbk-tools" },
    node("span", { class: "nbk-pair nbk-wide" }, node("label", { for: filterId }, say("filter")), filter),
    node("span", { class: "nbk-pair" }, node("label", { for: metricId }, say("metric")), metric),
    log,
    node("span", { class: "nbk-space" }),
    all,
    none,
  );
  return {
    head: node("div", { class: "nbk-top" }, title, count, refresh),
    bar,
    draw(now, gone) {
      setText(title, say("title", { folder: model.get("folder") }));
      setText(count, say("count", { shown: now.shown.length, all: now.all.length }));
      if (focusedIn(filter) !== filter) filter.value = now.view.filter;
      const names = model.get("metrics");
      if (names.join("\n") !== [...metric.options].map((o) => o.value).join("\n")) {
        metric.replaceChildren(...names.map((name) => node("option", { value: name }, name)));
      }
      metric.value = now.metric;
      setAttributes(log, { "aria-pressed": String(now.view.log) });
      refresh.disabled = gone;
      bar.hidden = !now.all.length;
    },
  };
}

// Messages: no recordings, no matches, unreadable files, equal settings.
function noteBox(model, say) {
  const trouble = node("p", { class: "nbk-trouble", role: "status" });
  const empty = node("p", { class: "nbk-note" });
  const cut = node("p", { class: "nbk-note" });
  const same = node("details", { class: "nbk-same" }, node("summary", {}, say("same")));
  const sameList = node("dl", {});
  const files = node("details", { class: "nbk-unreadable" });
  const filesHead = node("summary", {});
  const filesList = node("ul", {});
  same.append(sameList);
  files.append(filesHead, filesList);
  return {
    trouble,
    box: node("div", { class: "nbk-notes" }, empty, cut, same, files),
    draw(now) {
      setText(trouble, model.get("trouble"));
      const folder = JSON.stringify(model.get("folder"));
      setText(
        empty,
        now.all.length ? (now.shown.length ? "" : say("no_match", { all: now.all.length })) : say("none", { folder }),
      );
      setText(cut, model.get("is_cut") ? say("cut", { all: now.all.length }) : "");
      const entries = Object.entries(model.get("same"));
      same.hidden = !entries.length;
      sameList.replaceChildren(
        ...entries.flatMap(([name, value]) => [node("dt", {}, settingName(name)), node("dd", {}, settingText(value))]),
      );
      const unread = model.get("unreadable");
      files.hidden = !unread.length;
      setText(filesHead, say("unreadable", { n: unread.length }));
      filesList.replaceChildren(...unread.map(([name, why]) => node("li", {}, node("code", {}, name), ` ${why}`)));
    },
  };
}

// The dashboard of the opened run.
function detailBox(model, say, signal, kernel, table) {
  const name = node("strong", {});
  const close = node("button", { type: "button" }, say("close_run"));
  const place = node("div", {});
  const box = node("section", { class: "nbk-opened" }, node("div", { class: "nbk-top" }, name, close), place);
  listen(close, "click", () => model.send({ do: "close" }), signal);
  let mounted = false;
  return {
    box,
    draw() {
      const opened = model.get("opened");
      setHidden(box, !opened, () => table.openerOf(name.textContent));
      setText(name, opened);
      setAttributes(box, { "aria-label": opened || null });
      close.hidden = kernel.isGone();
      if (opened && !mounted) {
        mounted = true;
        mountChild(model, "board", place, signal, kernel);
      }
    },
  };
}

export default { render };
