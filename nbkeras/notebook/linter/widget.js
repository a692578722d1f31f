// Reads: lines, words, static_copy. Writes: nothing. Sends: dismiss.
import { focusedIn, listen, node, root } from "../widget/dom.js";
import { speaker, watch } from "../widget/traits.js";

function render({ model, el, kernel }) {
  const off = new AbortController();
  const say = speaker(model);
  const box = root(model, el, "advice");
  const list = node("ul", { "aria-label": say("title") });
  box.append(list);

  const draw = () => {
    const lines = model.get("lines");
    const focused = list.contains(focusedIn(list));
    box.hidden = lines.length === 0;
    list.replaceChildren(...lines.map((line) => row(line)));
    if (focused) list.querySelector("button")?.focus();
  };
  watch(model, ["lines"], draw, off.signal);
  kernel.onGone(draw);

  function row({ rule, reason, change, where }) {
    const close = node(
      "button",
      { type: "button", title: say("dismiss"), "aria-label": say("dismiss.rule", { rule }) },
      "×",
    );
    close.hidden = kernel.isGone(); // the kernel takes the line away
    listen(close, "click", () => model.send({ do: "dismiss", rule }), off.signal);
    return node(
      "li",
      {},
      node(
        "p",
        {},
        node("strong", {}, say("labelled", { label: where, text: "" }).trimEnd()),
        say("gap"),
        reason,
        say("gap"),
        node("span", { class: "nbk-change" }, `${say("write")} `, node("code", {}, change)),
      ),
      close,
    );
  }
  return () => off.abort();
}

export default { render };
