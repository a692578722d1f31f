// A relief of heights that can be turned, drawn on a canvas from the back to the front.

import { heightScale, rampColour } from "./contour.js";

const LIFT = 0.62; // height of the highest point, in widths of the ground

// (x, y, z) in 0..1 -> [px, py, depth], filling the page; azimuth and tilt in degrees.
function turntable(azimuth, tilt, width, height) {
  const [a, t] = [(azimuth * Math.PI) / 180, (tilt * Math.PI) / 180];
  const [ca, sa, ct, st] = [Math.cos(a), Math.sin(a), Math.cos(t), Math.sin(t)];
  const bare = (x, y, z) => {
    const [u, v] = [x - 0.5, y - 0.5];
    const deep = u * sa + v * ca;
    return [u * ca - v * sa, -deep * st - z * LIFT * ct, deep * ct - z * LIFT * st];
  };
  const corners = [0, 1].flatMap((x) => [0, 1].flatMap((y) => [0, 1].map((z) => bare(x, y, z))));
  const tall = corners.map((c) => c[1]);
  const [top, bottom] = [Math.min(...tall), Math.max(...tall)];
  // The widest turn decides the width, so that turning does not make it breathe.
  const size = Math.min((width - 16) / Math.SQRT2, (height - 16) / (bottom - top));
  return (x, y, z) => {
    const [across, down, depth] = bare(x, y, z);
    return [width / 2 + across * size, height / 2 + (down - (top + bottom) / 2) * size, depth];
  };
}

// Squares of a coarser grid as {points, depth, height}, the farthest first.
function facets(values, across, place, project, most = 44) {
  const down = values.length / across;
  const every = Math.max(1, Math.round((across - 1) / most));
  const list = [];
  const at = (c, r) => {
    const z = place(values[r * across + c]);
    return Number.isFinite(z) ? [...project(c / (across - 1), r / (down - 1), Math.min(Math.max(z, 0), 1)), z] : null;
  };
  for (let r = 0; r + every < down; r += every) {
    for (let c = 0; c + every < across; c += every) {
      const corners = [at(c, r), at(c + every, r), at(c + every, r + every), at(c, r + every)];
      if (corners.includes(null)) continue;
      list.push({ points: corners, depth: mean(corners, 2), height: mean(corners, 3) });
    }
  }
  return list.sort((a, b) => b.depth - a.depth);
}

const mean = (corners, k) => (corners[0][k] + corners[1][k] + corners[2][k] + corners[3][k]) / 4;

export function paintRelief(canvas, { values, across, scale, azimuth, tilt, ratio, ink }) {
  const context = canvas.getContext("2d");
  const [width, height] = [canvas.width / ratio, canvas.height / ratio];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const project = turntable(azimuth, tilt, width, height);
  context.lineWidth = 0.5;
  paintFrame(context, project, ink);
  for (const { points, height: z } of facets(values, across, heightScale(scale), project)) {
    const [r, g, b] = rampColour(z);
    context.beginPath();
    points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
    context.fillStyle = `rgb(${r} ${g} ${b})`;
    context.strokeStyle = `rgb(${r * 0.8} ${g * 0.8} ${b * 0.8})`;
    context.fill();
    context.stroke();
  }
  return project;
}

function paintFrame(context, project, ink) {
  context.strokeStyle = ink;
  context.beginPath();
  [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
    [0, 0],
  ].forEach(([x, y], i) => {
    const [px, py] = project(x, y, 0);
    if (i) context.lineTo(px, py);
    else context.moveTo(px, py);
  });
  context.stroke();
}
