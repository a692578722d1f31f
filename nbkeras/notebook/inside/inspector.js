// The selected channel: its map, its kernel, and the arithmetic of one of its values.

import { byteOf, cellText, cssOf, paintBytes, shortText } from "../widget/charts/colours.js";
import { listen, node, setAttributes, setText } from "../widget/dom.js";
import { arrowDirection } from "../widget/gestures.js";

export function inspectorView(say, signal, { onPoint, onSwitch }) {
  const hint = node("p", { class: "nbk-hint" }, say("choose_tile"));
  const title = node("strong");
  const toggle = node("button", { type: "button" });
  const head = node("div", { class: "nbk-chosen" }, title, toggle);
  const map = mapView(say, signal, onPoint);
  const kernel = kernelView(say);
  const sums = arithmeticView(say);
  const inner = node("div", { class: "nbk-detail" }, head, map.box, sums.box, kernel.box);
  const box = node("section", { class: "nbk-inspector", "aria-label": say("inspector") }, hint, inner);
  listen(toggle, "click", () => onSwitch(), signal);

  // state: { entry, name, isOff, zoom, shape, point, arithmetic, reach, kernel..., table }
  function draw(state) {
    hint.hidden = Boolean(state.entry);
    inner.hidden = !state.entry;
    if (!state.entry) return;
    setText(title, state.name);
    toggle.hidden = !state.entry.switch;
    setText(toggle, say(state.isOff ? "switch_on" : "switch_off"));
    map.draw(state);
    kernel.draw(state);
    sums.draw(state);
  }
  return { box, draw };
}

// The map at full size; hovering requests a pixel, clicking pins it.
function mapView(say, signal, onPoint) {
  const canvas = node("canvas", { "aria-hidden": "true" });
  const mark = node("span", { class: "nbk-mark", "aria-hidden": "true" });
  const face = node("div", { class: "nbk-map", tabindex: 0, role: "application" }, canvas, mark);
  const place = node("p", { class: "nbk-place", "aria-live": "polite" });
  const box = node("div", {}, face, place);
  let [size, point, isHeld, key] = [[1, 1], [], false, ""];
  const pixelOf = (event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const at = (share, n) => Math.max(0, Math.min(n - 1, Math.floor(share * n)));
    return [at((event.clientY - top) / height, size[0]), at((event.clientX - left) / width, size[1])];
  };
  const go = (next) => {
    if (next[0] === point[0] && next[1] === point[1]) return;
    point = next;
    onPoint(next);
  };
  listen(face, "pointermove", (event) => !isHeld && go(pixelOf(event)), signal);
  listen(
    face,
    "click",
    (event) => {
      const pixel = pixelOf(event);
      isHeld = !(isHeld && pixel[0] === point[0] && pixel[1] === point[1]);
      go(pixel);
      face.dataset.held = String(isHeld);
    },
    signal,
  );
  listen(
    face,
    "keydown",
    (event) => {
      const direction = arrowDirection(event);
      if (!direction) return;
      event.preventDefault();
      event.stopPropagation();
      isHeld = true;
      const [row, column] = point.length ? point : [0, -direction[0]];
      const clamp = (value, n) => Math.max(0, Math.min(n - 1, value));
      go([clamp(row - direction[1], size[0]), clamp(column + direction[0], size[1])]);
    },
    signal,
  );
  function draw({ entry, name, chosen, zoom, shape, size: full, point: now, arithmetic, table }) {
    face.hidden = entry.flat;
    if (key !== String(chosen)) isHeld = false;
    key = String(chosen);
    size = full;
    point = now;
    if (!entry.flat && shape.length) {
      paintBytes(canvas, zoom, shape[0], shape[1], table);
      setAttributes(face, { "aria-label": say("map", { name }), style: `aspect-ratio: ${full[1]} / ${full[0]}` });
    }
    mark.hidden = point.length < 2;
    if (point.length === 2) {
      const [row, column] = point;
      setAttributes(mark, {
        style: `left: ${(100 * column) / size[1]}%; top: ${(100 * row) / size[0]}%;
          width: ${100 / size[1]}%; height: ${100 / size[0]}%`,
      });
    }
    const value = "value" in arithmetic ? `${say("value")} ${shortText(arithmetic.value, 6)}` : "";
    const where = !entry.flat && point.length ? `${say("at", { row: point[0], column: point[1] })}: ` : "";
    setText(place, value ? where + value : entry.flat ? "" : say("point_first"));
  }
  return { box, draw };
}

function kernelView(say) {
  const title = node("h4");
  const list = node("div", { class: "nbk-kernels" });
  const box = node("div", { class: "nbk-kernel" }, title, list);
  function draw({ kernel, kernelShape, kernelChannels, table }) {
    box.hidden = !kernelShape.length;
    if (box.hidden) return;
    const [height, width, n] = kernelShape;
    setText(title, n > 1 ? say("kernel_of", { height, width, n }) : `${say("kernel")}, ${height} × ${width}`);
    const top = kernel.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    list.replaceChildren(
      ...kernelChannels.map((channel, k) => {
        const canvas = node("canvas", { role: "img", "aria-label": say("from_channel", { n: channel }) });
        const bytes = Uint8Array.from({ length: height * width }, (_, i) => byteOf(kernel[i * n + k], top));
        paintBytes(canvas, bytes, height, width, table);
        return node("figure", {}, canvas, n > 1 ? node("figcaption", {}, String(channel)) : null);
      }),
    );
  }
  return { box, draw };
}

function arithmeticView(say) {
  const title = node("h4", {}, say("arithmetic"));
  const lines = node("div");
  const body = node("div");
  const verdict = node("p", { class: "nbk-verdict", role: "status" });
  const reached = node("p", { class: "nbk-hint" });
  const box = node("div", { class: "nbk-sums" }, title, lines, verdict, reached, body);
  function draw({ arithmetic, reach, table }) {
    box.hidden = !arithmetic.kind;
    if (box.hidden) return;
    lines.replaceChildren(...[stepsOf(arithmetic, say)].filter(Boolean));
    body.replaceChildren(...[gridsOf, termsOf, scoresOf].map((part) => part(arithmetic, say, table)).filter(Boolean));
    const { kind, agrees, result, value } = arithmetic;
    const isComputed = kind !== "unknown" && kind !== "input";
    const shown = { value: shortText(result, 7), shown: shortText(value, 7) };
    const key = isComputed ? (agrees ? "agrees" : "disagrees") : kind === "input" ? "is_input" : "unknown";
    setText(verdict, say(key, shown));
    // Said aloud only if it disagrees: the place and its value are said at each step.
    const isBad = isComputed && !agrees;
    setAttributes(verdict, { "data-holds": isComputed ? String(agrees) : null, "aria-live": isBad ? "polite" : "off" });
    const [top, left, bottom, right] = reach;
    setText(reached, reach.length ? say("reach", { height: bottom - top + 1, width: right - left + 1 }) : "");
  }
  return { box, draw };
}

// Windows of numbers: inputs times weights, or only the inputs.
function gridsOf({ window: size, grids, inside, rest, corner, kind, value }, say, table) {
  if (!size) return null;
  const [height, width] = size;
  const [row, column] = corner;
  const text =
    height * width > 1 ? say("window_of", { height, width, row: Math.max(0, row), column: Math.max(0, column) }) : "";
  const note = text ? node("p", { class: "nbk-hint" }, text) : null;
  if (!grids || (height * width === 1 && !grids[0].weights.length)) return note;
  const tops = ["inputs", "weights"].map((part) => topOf(grids.flatMap((grid) => grid[part])));
  const blocks = grids.map((grid) => {
    const isMax = kind === "maximum" ? value : null;
    const parts = [gridOf(grid.inputs, width, inside, tops[0], table, say, isMax)];
    if (grid.weights.length) {
      parts.push(node("span", {}, "×"), gridOf(grid.weights, width, null, tops[1], table, say, null));
      parts.push(node("span", { class: "nbk-equal" }, `= ${shortText(grid.sum)}`));
    }
    return node(
      "div",
      { class: "nbk-block" },
      node("span", { class: "nbk-hint" }, say("from_channel", { n: grid.channel })),
      node("div", { class: "nbk-line" }, ...parts),
    );
  });
  const others = rest[0]
    ? node("p", { class: "nbk-hint" }, say("rest", { n: rest[0], value: shortText(rest[1]) }))
    : null;
  return node("div", {}, ...[note, ...blocks, others].filter(Boolean));
}

const topOf = (values) => values.reduce((most, value) => Math.max(most, Math.abs(Number(value)) || 0), 0);

function gridOf(values, width, inside, top, table, say, largest) {
  const cells = values.map((value, i) => {
    const isPadding = inside && !inside[i];
    const { colour, ink } = cssOf(table, byteOf(Number(value) || 0, top));
    return node(
      "span",
      {
        class: isPadding ? "nbk-padding" : largest !== null && value === largest ? "nbk-largest" : null,
        style: isPadding ? null : `background: ${colour}; color: ${ink}`,
        title: isPadding ? say("padding_cell") : shortText(value, 7),
      },
      cellText(value),
    );
  });
  const size = width > 5 ? "small" : width > 3 ? "middle" : "large";
  return node("div", { class: "nbk-cells", style: `--columns: ${width}`, "data-size": size }, ...cells);
}

// The largest terms of a weighted sum of numbers.
function termsOf({ terms, rest, parts }, say) {
  if (parts) return node("p", { class: "nbk-hint" }, parts.map((part) => shortText(part, 6)).join(" ; "));
  if (!terms) return null;
  const head = ["input", "weight", "product"].map((key) => node("th", { scope: "col" }, say(key)));
  const rows = terms.map(([unit, ...values]) =>
    node(
      "tr",
      {},
      node("th", { scope: "row" }, placeText(unit, say)),
      ...values.map((value) => node("td", {}, shortText(value))),
    ),
  );
  const others = rest[0]
    ? node("p", { class: "nbk-hint" }, say("rest", { n: rest[0], value: shortText(rest[1]) }))
    : null;
  const table = node("table", {}, node("thead", {}, node("tr", {}, node("td"), ...head)), node("tbody", {}, ...rows));
  return node("div", {}, ...[table, others].filter(Boolean));
}

const placeText = (unit, say) =>
  unit.length > 1
    ? `${unit[0]}, ${unit[1]}${unit.length > 2 ? ` · ${say("channel", { n: unit[2] })}` : ""}`
    : String(unit[0]);

// The inputs of a softmax.
function scoresOf({ scores }, say) {
  if (!scores) return null;
  const labelled = (label, text) => say("labelled", { label, text });
  const text = scores.map(([name, value]) => labelled(name, shortText(value, 3))).join(say("list_gap"));
  return node("p", { class: "nbk-hint" }, labelled(say("score"), text));
}

function stepsOf({ steps, kind }, say) {
  if (!steps?.length) return null;
  const names = steps.map(([name]) => name);
  const key = names.includes("total") ? "softmax_formula" : names.includes("variance") ? "norm_formula" : null;
  const list = node(
    "dl",
    { class: "nbk-steps" },
    ...steps.flatMap(([name, value]) => {
      const word = say(`step_${name}`);
      return [node("dt", {}, word.startsWith("step_") ? name : word), node("dd", {}, shortText(value, 7))];
    }),
  );
  return node(
    "div",
    { "data-kind": kind },
    ...[list, key ? node("p", { class: "nbk-formula" }, say(key)) : null].filter(Boolean),
  );
}
