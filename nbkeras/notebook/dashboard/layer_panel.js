// The layers of the run's steps; the kernel inspects them only while this panel is open.

import { node, setText } from "../widget/dom.js";
import { layerTable } from "../xray/layers.js";

export function layerPanel(model, say) {
  const message = node("p", { class: "nbk-layer-note" });
  const table = layerTable();
  const box = node("section", { class: "nbk-layer-panel", "aria-label": say("layers") }, table.box, message);
  return {
    box,
    draw() {
      const look = model.get("layers");
      box.hidden = !model.get("view").layers || !look.can;
      if (box.hidden) return;
      setText(message, look.message ?? "");
      table.draw(look);
    },
  };
}
