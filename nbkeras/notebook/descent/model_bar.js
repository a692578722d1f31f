// The plane through a real model's weights, and how far its computation has come.
import { freshId, listen, node, setAttributes, setText } from "../widget/prelude.js";

export function modelBar(model, say, signal, { onPlane, onPicked, onAgain }) {
  const plane = node("select", { "aria-label": say("plane") });
  const again = node("button", { type: "button" }, say("other_plane"));
  const list = node("datalist", { id: freshId("weights") });
  const fields = [1, 2].map((n) =>
    node("input", {
      type: "text",
      spellcheck: "false",
      autocomplete: "off",
      list: list.id,
      class: "nbk-picked",
      "aria-label": say("picked", { n }),
    }),
  );
  const go = node("button", { type: "submit" }, say("use_these"));
  const form = node("form", { class: "nbk-form" }, ...fields, go, list);
  const facts = node("p", { class: "nbk-facts" });
  const fill_ = node("div", { class: "nbk-fill" });
  const progress = node(
    "div",
    { class: "nbk-bar", role: "progressbar", "aria-label": say("computing"), "aria-valuemin": 0, "aria-valuemax": 100 },
    fill_,
  );
  const what = node("span", { class: "nbk-what", role: "status" });
  const stop = node("button", { type: "button" }, say("cancel"));
  const work = node("div", { class: "nbk-work" }, what, progress, stop);
  const bar = node("div", { class: "nbk-model" }, plane, again, form, facts, work);
  listen(plane, "change", () => onPlane(plane.value), signal);
  listen(again, "click", onAgain, signal);
  listen(
    form,
    "submit",
    (event) => {
      event.preventDefault();
      onPicked(fields.map((field) => field.value.trim()));
    },
    signal,
  );
  const stopped = () => model.get("busy").what === "stopped";
  listen(stop, "click", () => model.send({ do: stopped() ? "compute" : "cancel" }), signal);

  function draw() {
    bar.hidden = model.get("kind") !== "model";
    if (bar.hidden) return;
    const names = model.get("planes");
    if (plane.options.length !== names.length)
      plane.replaceChildren(...names.map((name) => node("option", { value: name }, say(`plane_${name}`))));
    plane.value = model.get("plane");
    again.hidden = plane.value !== "random";
    form.hidden = plane.value !== "weights";
    list.replaceChildren(...model.get("weights").map((name) => node("option", { value: `${name}[0, 0]` })));
    fields.forEach((field, i) => {
      if (field.ownerDocument.activeElement !== field) field.value = model.get("picked")[i] ?? "";
    });
    const { rows, count, explained } = model.get("facts");
    const share = explained?.length ? ` ${say("explained", { a: explained[0], b: explained[1] })}` : "";
    setText(
      facts,
      rows
        ? say("facts", { rows, count: count.toLocaleString("en") }) +
            (plane.value === "random" ? ` ${say("random_note")}` : share)
        : "",
    );
    if (model.get("recorded").byteLength) facts.append(` ${say("recorded_note")}`);
    const { what: doing, done } = model.get("busy");
    work.hidden = !doing;
    if (!doing) return;
    const percent = Math.round((done ?? 0) * 100);
    setText(what, say(`busy_${doing}`));
    setAttributes(progress, { "aria-valuenow": percent });
    progress.hidden = doing === "stopped";
    fill_.style.width = `${percent}%`;
    setText(stop, say(doing === "stopped" ? "go_on" : "cancel"));
  }
  return { bar, draw };
}
