// Reads: count, points, size, words, static_copy. Writes: size. Sends: stop.
import { freshId, listen, node, root, setText } from "../../nbkeras/notebook/widget/dom.js";
import { fill, numbers, saver, speaker, watch } from "../../nbkeras/notebook/widget/traits.js";

function render({ model, el }) {
  const off = new AbortController();
  const say = speaker(model);
  const save = saver(model, off.signal, 30);
  const box = root(model, el, "probe");
  const count = node("span", { class: "nbk-count", role: "status" });
  const sum = node("span", { class: "nbk-sum" });
  const stop = node("button", { type: "button" }, "Stop");
  const id = freshId("size");
  const size = node("input", { id, class: "nbk-size", type: "range", min: 1, max: 9 });
  box.append(count, sum, stop, node("label", { for: id }, say("close")), size);
  listen(stop, "click", () => model.send({ do: "stop" }), off.signal);
  listen(size, "input", () => save("size", Number(size.value)), off.signal);
  watch(
    model,
    ["count", "points"],
    () => {
      box.dataset.draws = Number(box.dataset.draws ?? 0) + 1;
      setText(count, String(model.get("count")));
      setText(sum, String(numbers(model.get("points")).reduce((a, b) => a + b, 0)));
    },
    off.signal,
  );
  watch(
    model,
    ["size"],
    () => {
      size.value = model.get("size");
    },
    off.signal,
  );
  return () => off.abort();
}

export default { render };
export { fill };
