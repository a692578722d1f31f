// Shared controls: a slider with a number field, code to copy.

import { focusedIn, listen, node, setAttributes, setText } from "./dom.js";
import { formatShort } from "./number_format.js";

// A slider beside a field for the exact number.
export function slider(label, shown, range) {
  const input = node("input", { type: "range", ...range, "aria-label": label });
  const exact = node("input", { type: "number", step: "any", class: "nbk-exact", "aria-label": `${label} (123)` });
  const box = node("div", { class: "nbk-slider" }, node("span", { "aria-hidden": "true" }, shown), input, exact);
  const say = (value) => {
    // The field shows the exact float32 value; only the spoken text is shortened.
    if (focusedIn(exact) !== exact) exact.value = String(Number(Number(value).toPrecision(7)));
    setAttributes(input, { "aria-valuetext": formatShort(Number(value)) });
  };
  return { box, input, exact, say };
}

// A button that copies the text of a node, and says that it did.
export function copyButton(say, signal, text, label = say("copy")) {
  const box = node("button", { type: "button" }, label);
  listen(
    box,
    "click",
    async () => {
      await navigator.clipboard?.writeText(text.textContent).catch(() => null);
      setText(box, say("copied"));
    },
    signal,
  );
  return { box, reset: () => setText(box, label) };
}

export function codeBox(model, say, signal) {
  const text = node("code");
  const copy = copyButton(say, signal, text);
  const box = node("details", { class: "nbk-code" }, node("summary", {}, say("code")), node("pre", {}, text), copy.box);
  return {
    box,
    draw: () => {
      setText(text, model.get("code"));
      copy.reset();
    },
  };
}
