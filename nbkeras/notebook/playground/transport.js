// Play, pause, one step, one epoch, reset; the speed, and how far the training is.
import { listen, node, setAttributes, setDisabled, setText, svg } from "../widget/dom.js";

const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 2.5h3v11H4zM9 2.5h3v11H9z",
  step: "M3 2.5v11l6-5.5zM10.5 2.5h2.5v11h-2.5z",
  epoch: "M1.5 2.5v11l5-5.5zM7 2.5v11l5-5.5zM12.5 2.5h2v11h-2z",
  reset: "M8 2.5a5.5 5.5 0 1 0 5.2 3.7h-1.7A4 4 0 1 1 8 4v2.2l4-3-4-3z",
};
const icon = (name) =>
  svg("svg", { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));

export function transportBar(model, say, signal, { kernel, onSpeed }) {
  const button = (key, name = key) =>
    node("button", { type: "button", "aria-label": say(key), title: say(key) }, icon(name));
  const [reset, step, epoch] = ["reset", "step", "epoch"].map((key) => button(key));
  const play = node("button", { type: "button", class: "nbk-play" });
  const speeds = model.get("choices").speeds;
  const speed = node(
    "select",
    { "aria-label": say("speed") },
    ...speeds.map((n) => node("option", { value: n }, n ? say("speed_of", { n }) : say("speed_most"))),
  );
  const status = node("span", { class: "nbk-status", role: "status" });
  const counted = node("span", { class: "nbk-counted" });
  const bar = node(
    "div",
    { class: "nbk-transport", role: "group", "aria-label": say("title") },
    ...[reset, play, step, epoch],
    node("label", { class: "nbk-field" }, node("span", {}, say("speed")), speed),
    node("span", { class: "nbk-progress" }, status, counted),
  );
  const isActive = () => ["playing", "starting"].includes(model.get("status"));
  const send = (what) => () => model.send({ do: what });
  listen(play, "click", () => model.send({ do: isActive() ? "pause" : "play" }), signal);
  listen(step, "click", send("step"), signal);
  listen(epoch, "click", send("epoch"), signal);
  listen(reset, "click", send("reset"), signal);
  listen(speed, "change", () => onSpeed(Number(speed.value)), signal);
  let shown = null;

  function draw() {
    const key = isActive() ? "pause" : "play";
    if (shown !== key) play.replaceChildren(icon(key), say(key));
    shown = key;
    const gone = kernel.isGone();
    const state = model.get("status");
    setDisabled(play, gone || state === "ended");
    for (const each of [step, epoch]) setDisabled(each, gone || state !== "paused");
    setAttributes(reset, { disabled: gone });
    speed.value = model.get("view").speed;
    setText(status, say(`status_${state}`));
    setAttributes(status, { "data-status": state });
    setText(counted, say("counted", { step: grouped(model.get("step")), epoch: grouped(model.get("epoch")) }));
  }
  return { bar, draw };
}

// 12345 -> "12,345".
const grouped = (n) => n.toLocaleString("en");
