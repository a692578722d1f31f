// The layers of the run's steps, and how the gradients of several losses agree; the kernel
// inspects them only while this panel is open.

import { node, setText } from "../widget/dom.js";
import { layerTable } from "../xray/layers.js";

export function layerPanel(model, say) {
  const message = node("p", { class: "nbk-layer-note" });
  const table = layerTable();
  const tasks = node("div", { class: "nbk-look nbk-tasks" });
  const box = node("section", { class: "nbk-layer-panel", "aria-label": say("layers") }, table.box, tasks, message);
  return {
    box,
    draw() {
      const look = model.get("layers");
      box.hidden = !model.get("view").layers || !look.can;
      if (box.hidden) return;
      setText(message, look.message ?? "");
      table.draw(look);
      tasks.hidden = !look.tasks;
      if (look.tasks) tasks.replaceChildren(...taskGradients(look.tasks));
    },
  };
}

// One row per output: loss, weight, size of its gradient, and its cosine with the others.
function taskGradients({ title, agree, sentences, heads, rows }) {
  const kind = agree ? "healthy" : "tasks";
  const [name, ...others] = heads.map((text) => node("th", { scope: "col" }, text));
  return [
    node("b", {}, title),
    node("ul", { class: "nbk-findings" }, ...sentences.map((text) => node("li", { "data-kind": kind }, text))),
    node(
      "div",
      { class: "nbk-layers", tabindex: 0, role: "region", "aria-label": title, "data-lm-suppress-shortcuts": "true" },
      node(
        "table",
        {},
        node("thead", {}, node("tr", {}, name, ...others)),
        node("tbody", {}, ...rows.map(([task, ...cells]) => taskRow(task, cells))),
      ),
    ),
  ];
}

const taskRow = (task, cells) =>
  node("tr", {}, node("th", { scope: "row" }, task), ...cells.map((text) => node("td", {}, text)));
