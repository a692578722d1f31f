// The relief with the walks on it, turned by mouse or keys.

import { listen, node, setAttributes, setText, svg } from "../widget/prelude.js";
import { heightAt, heightScale } from "./contour.js";
import { paintRelief } from "./relief.js";
import { DASHES, pathOf, SHAPES } from "./walks.js";

const TILTS = [8, 88];

// Height of the relief at a place, 0..1 in both directions.
const onGround = ({ values, across }, place, x, y) => {
  const height = place(heightAt(values, across, x * (across - 1), y * (values.length / across - 1)));
  return Number.isFinite(height) ? Math.min(Math.max(height, 0), 1) : 0;
};

export function reliefView(say, signal, { onTurn }) {
  const canvas = node("canvas", { class: "nbk-turn", role: "img", tabindex: 0, "aria-label": say("relief_keys") });
  const over = svg("svg", { class: "nbk-over", "aria-hidden": "true" });
  const note = node("span", { class: "nbk-note" });
  const box = node("div", { class: "nbk-relief" }, canvas, over, note);
  let size = { width: 10, height: 10 };
  let ground = null;
  let project = null;
  let turned = { azimuth: 35, tilt: 38 };
  const ratio = () => Math.min(window.devicePixelRatio || 1, 2);

  function layout(width) {
    size = { width, height: Math.round(Math.min(Math.max(width * 0.8, 220), 440)) };
    Object.assign(canvas, { width: size.width * ratio(), height: size.height * ratio() });
    Object.assign(canvas.style, { width: `${size.width}px`, height: `${size.height}px` });
    setAttributes(over, { ...size, viewBox: `0 0 ${size.width} ${size.height}` });
  }

  function drawGround(given, view) {
    ground = given;
    turned = { azimuth: view.azimuth, tilt: view.tilt };
    if (ground.d === 1) return;
    const ink = getComputedStyle(box).getPropertyValue("color");
    project = paintRelief(canvas, { ...ground, ...turned, ratio: ratio(), ink });
    canvas.dataset.turned = `${Math.round(turned.azimuth)} ${Math.round(turned.tilt)}`;
    setText(note, ground.scale.bend ? say("log_height") : "");
  }

  function drawWalks({ racers, seen, recorded }) {
    if (!ground || ground.d === 1) return;
    const place = heightScale(ground.scale);
    const [xs, ys] = ground.limits;
    const share = (value, [low, high]) => (value - low) / (high - low);
    const run = recorded
      .map(([a, b]) => [share(a, xs), share(b, ys)])
      .filter((at) => at.every((n) => n >= 0 && n <= 1))
      .map(([x, y]) => project(x, y, onGround(ground, place, x, y)));
    over.replaceChildren(
      svg("path", { class: "nbk-recorded", d: pathOf(run) }),
      ...racers.flatMap(({ walk }, i) => {
        const points = [];
        for (let row = 0; row <= Math.min(seen, walk.count - 1); row += 1) {
          const at = walk.place(row);
          const [x, y] = [share(at[0], xs), share(at[1], ys)];
          if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) break;
          const height = place(walk.loss(row));
          const known = Number.isFinite(height);
          points.push(project(x, y, known ? Math.min(Math.max(height, 0), 1) : onGround(ground, place, x, y)));
        }
        if (!points.length) return [];
        const style = `--nbk-own: var(--nbk-${i + 1})`;
        const [x, y] = points[points.length - 1];
        return [
          svg("path", { class: "nbk-walk-halo", d: pathOf(points) }),
          svg("path", { class: "nbk-walk", d: pathOf(points), style, "stroke-dasharray": DASHES[i] }),
          svg("path", {
            class: "nbk-mark",
            d: SHAPES[i],
            style,
            transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
          }),
        ];
      }),
    );
  }

  const turn = (by, up) => {
    const azimuth = (((turned.azimuth + by) % 360) + 360) % 360;
    const tilt = Math.min(Math.max(turned.tilt + up, TILTS[0]), TILTS[1]);
    onTurn({ azimuth, tilt });
  };
  let from = null;
  listen(
    canvas,
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      from = [event.clientX, event.clientY];
      canvas.setPointerCapture(event.pointerId);
    },
    signal,
  );
  listen(
    canvas,
    "pointermove",
    (event) => {
      if (!from) return;
      turn((from[0] - event.clientX) * 0.5, (event.clientY - from[1]) * 0.4);
      from = [event.clientX, event.clientY];
    },
    signal,
  );
  for (const type of ["pointerup", "pointercancel"])
    listen(
      canvas,
      type,
      () => {
        from = null;
      },
      signal,
    );
  listen(
    canvas,
    "keydown",
    (event) => {
      const by = { ArrowLeft: [8, 0], ArrowRight: [-8, 0], ArrowUp: [0, 6], ArrowDown: [0, -6] }[event.key];
      if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      turn(...by);
    },
    signal,
  );
  return { box, layout, drawGround, drawWalks };
}
