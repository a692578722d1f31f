// Reads: settings, view, choices, status, step, epoch, rate, info, data, feature_maps,
// units, tops, output, weights, losses, curve, code, keras_code, trouble, ask, answered,
// words, static_copy.
// Writes: settings, view, ask.
// Sends: play, pause, step, epoch, reset, weight, keep.

import { channels, followTheme, PROBES, palette } from "../widget/charts/colours.js";
import { copyButton } from "../widget/controls.js";
import { node, root, setAttributes, setText } from "../widget/dom.js";
import { kernelRequests } from "../widget/kernel_requests.js";
import { speaker, watch } from "../widget/traits.js";
import { dataPanel } from "./data_panel.js";
import { weightEditor } from "./editor.js";
import { lossPanel } from "./loss_panel.js";
import { menuBar } from "./menus.js";
import { networkView } from "./network.js";
import { networkState } from "./network_state.js";
import { outputMap } from "./output_map.js";
import { pointsOf } from "./points.js";
import { transportBar } from "./transport.js";

const CLASSES = 8;

function render({ model, el, kernel }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const box = root(model, el, "playground");
  let views = null; // a saved page without a kernel is told at once that it is gone
  const late = node("p", { class: "nbk-late", role: "status" });
  const trouble = node("p", { class: "nbk-trouble", role: "status" });
  const { save, send } = kernelRequests(model, signal, {
    local: ["view"],
    kernel,
    onWait: (waiting) => setAttributes(box, { "aria-busy": String(waiting) }),
    onLate: (isLate) => {
      setText(late, kernel.isGone() ? say("kernel_gone") : isLate ? say("waiting") : "");
      views?.transport.draw();
    },
  });
  const page = { pointed: null, picked: null, colours: null };
  const probes = [
    ...PROBES.map((name) => node("span", { class: name, hidden: true })),
    ...Array.from({ length: CLASSES }, (_, i) => node("span", { class: `nbk-class-${i}`, hidden: true })),
    ...["nbk-edge", "nbk-test-edge"].map((name) => node("span", { class: name, hidden: true })),
  ];
  box.append(...probes);
  views = createViews(model, say, signal, { kernel, save, send, page, redraw: () => drawNetwork() });
  const { transport, menus, data, network, editor, output, losses, codes } = views;
  const right = node("section", { class: "nbk-out", "aria-label": say("output") }, output.box, losses.box);
  const middle = node("div", { class: "nbk-middle" }, network.box, editor.box);
  const room = node("div", { class: "nbk-room" }, data.box, middle, right);
  box.append(transport.bar, menus.bar, trouble, late, room, codes.box);

  function drawNetwork() {
    const state = networkState(model);
    const view = model.get("view");
    if (page.picked && !(page.picked.row < state.sizes[page.picked.column])) page.picked = null;
    network.draw(state, view.discretize ? page.colours.signs : page.colours.signed, page.picked);
    editor.draw(state, page.picked);
    drawOutput(state);
  }
  function drawOutput(state = networkState(model)) {
    output.draw(state, views.points(), page.colours, model.get("view"), page.pointed);
  }
  views.drawOutput = drawOutput;
  const redraw = () => {
    page.colours = coloursOf(probes);
    data.draw(page.colours);
    drawNetwork();
  };
  page.colours = coloursOf(probes);
  watch(model, ["status", "step", "epoch", "view"], transport.draw, signal);
  watch(model, ["status"], () => output.hush(model.get("status") === "playing"), signal);
  watch(model, ["settings", "rate"], menus.draw, signal);
  watch(model, ["settings", "info"], () => data.draw(page.colours), signal);
  const drawn = ["settings", "info", "units", "output", "weights", "data", "view"];
  watch(model, drawn, drawNetwork, signal);
  watch(model, ["losses", "curve", "view"], losses.draw, signal);
  watch(model, ["info"], losses.drawLegend, signal);
  watch(model, ["code", "keras_code"], codes.draw, signal);
  watch(model, ["trouble"], () => setText(trouble, model.get("trouble")), signal);
  followTheme(redraw, signal);
  return () => off.abort();
}

// All views of the page. What the learner sets goes to the kernel, which responds.
function createViews(model, say, signal, { kernel, save, send, page, redraw }) {
  const choices = model.get("choices");
  const brush = { value: 1, erases: false };
  const onSetting = (parts) => save("settings", settingsWith(model.get("settings"), parts, choices));
  const onView = (parts) => save("view", { ...model.get("view"), ...parts });
  let [table, points] = [null, []];
  const views = {
    transport: transportBar(model, say, signal, { kernel, onSpeed: (speed) => onView({ speed }) }),
    menus: menuBar(model, say, signal, onSetting),
    data: dataPanel(model, say, signal, { onSetting, brush }),
    network: networkView(say, signal, {
      choices,
      onSetting,
      onPoint: (pointed) => {
        page.pointed = pointed;
        views.drawOutput();
      },
      onPick: ({ column, row, source }) => {
        const isSame = source === null && page.picked?.column === column && page.picked.row === row;
        page.picked = isSame ? null : { column, row };
        redraw();
        if (source !== null) views.editor.focus(source);
      },
    }),
    editor: weightEditor(say, signal, {
      onWeight: (name, value) => send({ do: "weight", name, value }),
      onClose: () => {
        const { column, row } = page.picked;
        page.picked = null;
        redraw();
        views.network.focus(column, row);
      },
    }),
    output: outputMap(say, signal, {
      brush,
      mostPoints: choices.most_points,
      onPoints: (drawn) => onSetting({ points: drawn }),
    }),
    losses: lossPanel(model, say, signal, onView),
    codes: codePanel(model, say, signal),
    drawOutput: () => {},
    // Drawn points are shown at once, before the kernel has split them.
    points: () => {
      const settings = model.get("settings");
      const view = model.get("data");
      if (view !== table) [table, points] = [view, pointsOf(view)];
      if (settings.data !== "drawn" || points.length === settings.points.length) return points;
      return settings.points.map(([x1, x2, target]) => ({ x1, x2, target, isTrain: true }));
    },
  };
  return views;
}

// The settings with some changed, and what follows: another optimizer has its own rate,
// another problem its own data.
export function settingsWith(settings, parts, choices) {
  const next = { ...settings, ...parts };
  if (parts.optimizer) next.learning_rate = choices.optimizers[parts.optimizer];
  if (parts.problem && parts.problem !== settings.problem) {
    next.points = [];
    if (!["drawn", "own"].includes(settings.data)) next.data = choices.data[parts.problem][0];
  }
  return next;
}

// The colours of the theme: numbers, their signs, classes, edges of points.
function coloursOf(probes) {
  const signed = palette(probes.slice(0, 3));
  const signs = new Uint8ClampedArray(signed.length);
  for (let byte = 0; byte < 256; byte += 1) {
    const from = byte >= 128 ? 255 : 1;
    signs.set(signed.subarray(4 * from, 4 * from + 4), 4 * byte);
  }
  const css = (probe) => getComputedStyle(probe).backgroundColor;
  return {
    signed,
    signs,
    zero: [...signed.subarray(4 * 128, 4 * 128 + 3)],
    classes: probes.slice(3, 3 + CLASSES).map((probe) => ({ css: css(probe), rgb: channels(css(probe)) })),
    edge: css(probes.at(-2)),
    testEdge: css(probes.at(-1)),
  };
}

// The state in one line, and the network for Keras, each with a button to copy it.
function codePanel(model, say, signal) {
  const parts = [
    ["code", "state_code", "copy_state"],
    ["keras_code", "keras_code", "copy_keras"],
  ].map(([trait, title, copy]) => {
    const text = node("code");
    const pre = node("pre", { tabindex: 0, "aria-label": say(title) }, text);
    const button = copyButton(say, signal, text, say(copy));
    const box = node(
      "details",
      { class: "nbk-code", "data-code": trait },
      node("summary", {}, say(title)),
      button.box,
      pre,
    );
    return { trait, box, draw: () => setText(text, model.get(trait)), button };
  });
  const box = node("div", { class: "nbk-codes" }, ...parts.map((part) => part.box));
  return {
    box,
    draw: () => {
      for (const part of parts) {
        part.draw();
        part.button.reset();
      }
    },
  };
}

export default { render };
