// The network's output, its output with all channels enabled, and the check.
import { shortText } from "../widget/charts/colours.js";
import { node, setAttributes, setName, setText } from "../widget/dom.js";

export function answerView(model, say) {
  const title = node("h4");
  const list = node("ul", { class: "nbk-bars" });
  const check = node("p", { class: "nbk-check", role: "status" });
  const box = node("div", { class: "nbk-answer" }, title, list, check);

  function draw() {
    const { kind, bars, size } = model.get("answer");
    const isChanged = Object.keys(model.get("off")).length > 0;
    const part = bars.length < size ? ` (${say("of_all", { n: bars.length, all: size })})` : "";
    setText(title, `${say("answer")}${kind === "map" ? "" : `: ${say(kind)}${part}`}`);
    const sizes = bars.flatMap((bar) => [bar[1], bar[2]]).filter((v) => typeof v === "number");
    const top = kind === "probability" ? 1 : Math.max(...sizes.map(Math.abs), 1e-30);
    const best = Math.max(...bars.map((bar) => Number(bar[1])));
    while (list.children.length > bars.length) list.lastChild.remove();
    while (list.children.length < bars.length) list.append(barRow());
    bars.forEach(([name, value, base], i) => {
      const row = list.children[i];
      const [label, track, number] = row.children;
      const shown = { name, value: shortText(value, 3), base: shortText(base, 3) };
      setName(label, name);
      setAttributes(label, { title: name });
      setText(number, shown.value);
      setAttributes(row, { class: value === best && bars.length > 1 ? "nbk-best" : null });
      setAttributes(track, { role: "img", "aria-label": say(isChanged ? "was" : "is", shown) });
      setAttributes(track.children[0], { style: widthOf(value, top), class: value < 0 ? "nbk-below" : null });
      setAttributes(track.children[1], { style: `left: ${shareOf(base, top)}%`, hidden: !isChanged });
    });
    if (kind === "map") setText(check, `${say("answer_map")} ${checkText()}`);
    else setText(check, checkText());
    const { holds } = model.get("check");
    setAttributes(check, { "data-holds": holds === undefined ? null : String(holds) });
  }
  function checkText() {
    const { holds, difference, against } = model.get("check");
    if (holds === undefined) return say("not_checked");
    const key = holds ? (against === "predict" ? "holds" : "holds_model") : "differs";
    return say(key, { d: shortText(difference, 2) });
  }
  return { box, draw };
}

const shareOf = (value, top) => Math.min(100, (100 * Math.abs(Number(value) || 0)) / top).toFixed(2);
const widthOf = (value, top) => `width: ${shareOf(value, top)}%`;

function barRow() {
  const track = node("span", { class: "nbk-track" }, node("i"), node("b", { class: "nbk-ghost" }));
  const seen = (name) => node("span", { class: name, "aria-hidden": "true" }); // the track's name has both
  return node("li", {}, seen("nbk-class"), track, seen("nbk-number"));
}
