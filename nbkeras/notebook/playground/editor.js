// The weights into one unit, each a number to change.
import { focusedIn, listen, node, setText } from "../widget/dom.js";
import { onEscape } from "../widget/gestures.js";
import { nameOf, weightName } from "./network_state.js";

export function weightEditor(say, signal, { onWeight, onClose }) {
  const title = node("strong");
  const close = node("button", { type: "button", "aria-label": say("close"), title: say("close") }, "×");
  const list = node("div", { class: "nbk-weights" });
  const head = node("div", { class: "nbk-editor-head" }, title, close);
  const box = node("section", { class: "nbk-editor", hidden: true }, head, list);
  listen(close, "click", onClose, signal);
  onEscape(box, onClose, signal);
  let key = "";
  let fields = [];

  function build(state, { column, row }) {
    const { before } = state.layers[column - 1];
    const sources = [...Array.from({ length: before }, (_, i) => i), -1]; // the bias last
    fields = sources.map((source) => {
      const field = node("input", { type: "number", step: 0.1, class: "nbk-exact" });
      const change = () => {
        const value = Number(field.value);
        if (field.value !== "" && Number.isFinite(value)) onWeight(weightName(state, column, source, row), value);
      };
      listen(field, "change", change, signal);
      return { field, source };
    });
    const texts = fields.map(({ field, source }) => {
      const text = source < 0 ? say("bias") : say("from", { name: nameOf(state, column - 1, source, say) });
      return node("label", {}, node("span", {}, text), field);
    });
    list.replaceChildren(...texts);
  }

  function draw(state, picked) {
    const layer = picked ? state.layers[picked.column - 1] : null;
    box.hidden = !layer || picked.row >= layer.after;
    if (box.hidden) return;
    const name = nameOf(state, picked.column, picked.row, say);
    setText(title, say("weights_into", { name }));
    const now = `${picked.column} ${picked.row} ${state.sizes} ${state.settings.features}`;
    if (now !== key) {
      key = now;
      build(state, picked);
    }
    for (const { field, source } of fields) {
      const value = source < 0 ? layer.bias[picked.row] : layer.kernel[source * layer.after + picked.row];
      if (focusedIn(field) !== field) field.value = String(Number(value.toPrecision(4)));
    }
  }
  const focus = (source) => {
    const { field } = fields.find((entry) => entry.source === source) ?? {};
    field?.focus();
    field?.select();
  };
  return { box, draw, focus };
}
