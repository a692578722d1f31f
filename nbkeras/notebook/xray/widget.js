// Reads: look, words, static_copy. Writes: nothing. Sends: nothing.

import { node, root, setText } from "../widget/dom.js";
import { speaker, watch } from "../widget/traits.js";
import { layerTable } from "./layers.js";

function render({ model, el }) {
  const off = new AbortController();
  const say = speaker(model);
  const box = root(model, el, "xray");
  const title = node("strong", {}, say("title"));
  const layers = layerTable();
  box.append(title, layers.box);
  watch(
    model,
    ["look"],
    () => {
      setText(title, say("title"));
      layers.draw(model.get("look"));
    },
    off.signal,
  );
  return () => off.abort();
}

export default { render };
