// Reads: curve, status, progress, suggestion, lowest, chosen, trouble, words, twin.
// Writes: nothing. Sends: stop, use.
import {
  formatNumber,
  formatTick,
  linear,
  linePath,
  logarithmic,
  logTicks,
  nearest,
  niceTicks,
} from "../widget/chart.js";
import { listen, node, numbers, root, setAttributes, setText, speaker, svg, watch } from "../widget/prelude.js";

const FRAME = { left: 50, right: 12, top: 12, bottom: 26 };

function render({ model, el }) {
  const off = new AbortController();
  const { signal } = off;
  const say = speaker(model);
  const box = root(model, el, "lr-finder");
  const local = { at: null };

  const word = node("span", { class: "nbk-word" });
  const stop = node("button", { type: "button" }, say("stop"));
  const use = node("button", { type: "button", class: "nbk-use" });
  const bar = node("div", { class: "nbk-fill" });
  const progress = node(
    "div",
    { class: "nbk-bar", role: "progressbar", "aria-label": say("searching"), "aria-valuemin": 0, "aria-valuemax": 100 },
    bar,
  );
  const reason = node("p", { class: "nbk-reason", role: "status" });
  const chosen = node("p", { class: "nbk-chosen", role: "status" });
  const trouble = node("p", { class: "nbk-trouble", role: "status" });
  const chart = rateChart(say, signal, {
    onPoint: (i) => {
      local.at = i;
      draw();
    },
    onPick: (rate) => model.send({ do: "use", rate }),
  });
  box.append(
    node("div", { class: "nbk-top" }, node("strong", {}, say("title")), word, stop, use),
    progress,
    chart.face,
    reason,
    chosen,
    trouble,
  );
  listen(stop, "click", () => model.send({ do: "stop" }), signal);
  listen(use, "click", () => model.send({ do: "use", rate: wanted(model, local) }), signal);

  function draw() {
    const all = [...numbers(model.get("curve"))];
    const n = all.length / 3;
    const curve = { rates: all.slice(0, n), losses: all.slice(n, 2 * n), smooth: all.slice(2 * n) };
    const status = model.get("status");
    const busy = status === "searching";
    const rate = wanted(model, local, curve);
    setText(word, say(status));
    stop.hidden = !busy;
    progress.hidden = !busy;
    const share = Math.round(model.get("progress") * 100);
    setAttributes(progress, { "aria-valuenow": share });
    bar.style.width = `${share}%`;
    use.hidden = busy || rate === null;
    if (rate !== null) setText(use, say("use", { rate: short(rate) }));
    const found = model.get("suggestion");
    setText(
      reason,
      busy
        ? n
          ? ""
          : say("empty")
        : found === null
          ? `${say("flat")} ${say("untouched")}`
          : `${say("found", { rate: short(found), lowest: short(model.get("lowest")) })} ${say("untouched")}`,
    );
    setText(chosen, model.get("chosen") === null ? "" : say("used", { rate: short(model.get("chosen")) }));
    setText(trouble, model.get("trouble"));
    chart.draw(curve, { suggestion: found, chosen: model.get("chosen"), at: local.at, busy });
  }
  const size = new ResizeObserver(() => requestAnimationFrame(() => signal.aborted || draw()));
  size.observe(box);
  signal.addEventListener("abort", () => size.disconnect());
  watch(model, ["curve", "status", "progress", "suggestion", "lowest", "chosen", "trouble"], draw, signal);
  return () => off.abort();
}

const short = (rate) => String(Number(rate.toPrecision(2)));

// The rate that the button sets: the one pointed at, else the suggestion.
function wanted(model, local, curve) {
  if (local.at === null) return model.get("suggestion");
  const rates = curve ? curve.rates : [...numbers(model.get("curve"))].slice(0, numbers(model.get("curve")).length / 3);
  return rates[Math.min(local.at, rates.length - 1)] ?? null;
}

function rateChart(say, signal, { onPoint, onPick }) {
  const grid = svg("g", { class: "nbk-axes" });
  const raw = svg("path", { class: "nbk-raw" });
  const line = svg("path", { class: "nbk-line" });
  const suggested = svg("g", { class: "nbk-suggested" }, svg("path"), svg("text"));
  const set = svg("path", { class: "nbk-set" });
  const cursor = svg("g", { class: "nbk-cursor" }, svg("path"), svg("circle", { r: 4.5 }), svg("text"));
  const inside = svg("svg", { class: "nbk-inside" }, raw, line, set, suggested, cursor);
  const face = svg(
    "svg",
    { class: "nbk-face", role: "slider", tabindex: 0, "aria-label": say("chart"), "aria-valuemin": 0 },
    grid,
    inside,
  );
  let shown = { curve: { rates: [] }, busy: true };

  function draw(curve, { suggestion, chosen, at, busy }) {
    shown = { curve, busy, at, suggestion };
    const width = Math.max(face.parentElement?.clientWidth - 32 || 400, 240);
    const height = Math.round(Math.min(Math.max(width * 0.42, 180), 300));
    setAttributes(face, {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "aria-valuemax": Math.max(curve.rates.length - 1, 0),
    });
    const inner = { width: width - FRAME.left - FRAME.right, height: height - FRAME.top - FRAME.bottom };
    setAttributes(inside, { x: FRAME.left, y: FRAME.top, ...inner });
    if (curve.rates.length < 2) {
      for (const each of [raw, line, set]) setAttributes(each, { d: "" });
      grid.replaceChildren();
      for (const each of [suggested, cursor]) setAttributes(each, { display: "none" });
      return;
    }
    const range = [curve.rates[0], curve.rates[curve.rates.length - 1]];
    const heights = lossRange(curve);
    const x = logarithmic(range, [0, inner.width]);
    const y = linear(heights, [inner.height, 0]);
    Object.assign(shown, { range, width: inner.width });
    drawGrid(grid, range, heights, x, y, inner);
    setAttributes(raw, {
      d: curve.rates.map((rate, i) => `M${x(rate).toFixed(1)} ${y(curve.losses[i]).toFixed(1)}h.01`).join(""),
    });
    setAttributes(line, { d: linePath({ x: curve.rates, y: curve.smooth }, x, y) });
    setAttributes(set, { d: chosen ? `M${x(chosen).toFixed(1)} 0V${inner.height}` : "" });
    setAttributes(suggested, { display: suggestion === null ? "none" : null });
    if (suggestion !== null) {
      const px = x(suggestion);
      const right = px < inner.width - 150;
      setAttributes(suggested.children[0], { d: `M${px.toFixed(1)} 0V${inner.height}` });
      setAttributes(suggested.children[1], { x: px + (right ? 6 : -6), y: 12, "text-anchor": right ? "start" : "end" });
      setText(suggested.children[1], `${say("suggestion")} ${short(suggestion)}`);
    }
    setAttributes(cursor, { display: at === null ? "none" : null });
    const here = Math.min(at ?? nearest(curve.rates, suggestion ?? range[0]), curve.rates.length - 1);
    const text = say("at", { rate: short(curve.rates[here]), loss: formatNumber(curve.smooth[here]) });
    setAttributes(face, { "aria-valuenow": here, "aria-valuetext": text });
    if (at === null) return;
    const [px, py] = [x(curve.rates[here]), y(curve.smooth[here])];
    setAttributes(cursor.children[0], { d: `M${px.toFixed(1)} 0V${inner.height}` });
    setAttributes(cursor.children[1], { cx: px.toFixed(1), cy: py.toFixed(1) });
    const right = px < inner.width / 2;
    setAttributes(cursor.children[2], {
      x: px + (right ? 8 : -8),
      y: inner.height - 8,
      "text-anchor": right ? "start" : "end",
    });
    setText(cursor.children[2], text);
  }

  const indexAt = (event) => {
    const left = face.getBoundingClientRect().left + FRAME.left;
    const share = Math.min(Math.max((event.clientX - left) / shown.width, 0), 1);
    return nearest(shown.curve.rates, shown.range[0] * (shown.range[1] / shown.range[0]) ** share);
  };
  const ready = () => !shown.busy && shown.curve.rates.length > 1;
  listen(face, "pointermove", (event) => shown.range && onPoint(indexAt(event)), signal);
  listen(face, "pointerleave", () => onPoint(null), signal);
  listen(face, "click", (event) => ready() && onPick(shown.curve.rates[indexAt(event)]), signal);
  listen(
    face,
    "keydown",
    (event) => {
      if (!shown.range || event.altKey || event.ctrlKey || event.metaKey) return;
      const last = shown.curve.rates.length - 1;
      const at = shown.at ?? nearest(shown.curve.rates, shown.suggestion ?? shown.range[0]);
      const to = {
        ArrowLeft: at - 1,
        ArrowDown: at - 1,
        ArrowRight: at + 1,
        ArrowUp: at + 1,
        PageDown: at - 10,
        PageUp: at + 10,
        Home: 0,
        End: last,
      }[event.key];
      if (to !== undefined) onPoint(Math.min(Math.max(to, 0), last));
      else if ((event.key === "Enter" || event.key === " ") && ready()) onPick(shown.curve.rates[at]);
      else if (event.key === "Escape") onPoint(null);
      else return;
      event.preventDefault();
    },
    signal,
  );
  return { face, draw };
}

// What is worth seeing: the explosion is cut off.
function lossRange({ losses, smooth }) {
  const low = Math.min(...losses, ...smooth);
  const begun = losses.slice(0, Math.max(3, Math.floor(losses.length / 2))).sort((a, b) => a - b);
  const high = begun[Math.min(begun.length - 1, Math.floor(begun.length * 0.98))];
  const air = 0.15 * (high - low || Math.abs(high) || 1);
  return [low - air / 2, high + air];
}

function drawGrid(grid, range, heights, x, y, inner) {
  const bottom = FRAME.top + inner.height;
  grid.replaceChildren(
    ...niceTicks(...heights, Math.max(2, Math.round(inner.height / 45))).map((tick) => {
      const at = (FRAME.top + y(tick)).toFixed(1);
      return svg(
        "g",
        {},
        svg("path", { d: `M${FRAME.left} ${at}h${inner.width}` }),
        svg("text", { x: FRAME.left - 6, y: at, dy: "0.32em", "text-anchor": "end" }, formatTick(tick)),
      );
    }),
    ...logTicks(...range, Math.max(2, Math.round(inner.width / 70))).map((tick) =>
      svg("text", { x: (FRAME.left + x(tick)).toFixed(1), y: bottom + 16, "text-anchor": "middle" }, formatTick(tick)),
    ),
    svg("path", { class: "nbk-base", d: `M${FRAME.left} ${bottom}h${inner.width}` }),
  );
}

export default { render };
