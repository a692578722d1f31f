// Loss values as colours and lines: scale, colour ramp, contour lines. Pure functions,
// except `paintLosses`, which draws on a canvas.

import { clamp } from "../widget/charts/scales.js";

// Blue to yellow, suitable for all common forms of colour blindness (Nunez, Anderton,
// Renslow, "Optimizing colormaps with consideration for color vision deficiency",
// PLOS ONE 13, 2018): the cividis colour map at nine points.
const RAMP = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [225, 204, 85],
  [254, 232, 56],
];

// Loss -> position on the scale, 0 at the lowest and 1 at the highest loss of the map.
export function lossScale({ low, high, bend }) {
  const span = high - low || 1;
  if (!bend) return (value) => (value - low) / span;
  const top = Math.log1p(bend);
  return (value) => Math.log1p(bend * Math.max(0, (value - low) / span)) / top;
}

// Losses evenly spaced on the scale, without its ends.
export function lossLevels({ low, high, bend }, count) {
  return Array.from({ length: count - 1 }, (_, i) => {
    const share = (i + 1) / count;
    return low + (high - low) * (bend ? Math.expm1(share * Math.log1p(bend)) / bend : share);
  });
}

export function rampColour(place) {
  const at = clamp(place, 0, 1) * (RAMP.length - 1);
  const i = Math.min(Math.floor(at), RAMP.length - 2);
  return RAMP[i].map((from, k) => Math.round(from + (RAMP[i + 1][k] - from) * (at - i)));
}

// The edges of a square that a contour line crosses, in pairs, by which corners lie above
// the level: edge 0 is the top, then clockwise.
const CUTS = [
  [],
  [[3, 0]],
  [[0, 1]],
  [[3, 1]],
  [[1, 2]],
  [
    [3, 2],
    [1, 0],
  ],
  [[0, 2]],
  [[3, 2]],
  [[2, 3]],
  [[2, 0]],
  [
    [0, 3],
    [2, 1],
  ],
  [[2, 1]],
  [[1, 3]],
  [[1, 0]],
  [[0, 3]],
  [],
];

// Segments [x0, y0, x1, y1] of one contour line, in grid units (marching squares:
// Lorensen and Cline, 1987, in two dimensions).
export function contourLine(values, across, level) {
  const down = values.length / across;
  const segments = [];
  for (let row = 0; row + 1 < down; row += 1) {
    for (let column = 0; column + 1 < across; column += 1) {
      const i = row * across + column;
      const corner = [values[i], values[i + 1], values[i + across + 1], values[i + across]];
      if (!corner.every(Number.isFinite)) continue;
      const key = corner.reduce((sum, value, k) => sum + (value > level ? 1 << k : 0), 0);
      for (const [a, b] of CUTS[key]) {
        segments.push([...cutOf(a, corner, level, column, row), ...cutOf(b, corner, level, column, row)]);
      }
    }
  }
  return segments;
}

function cutOf(edge, corner, level, column, row) {
  const [a, b] = [corner[edge], corner[(edge + 1) % 4]];
  const share = (level - a) / (b - a);
  return [
    [column + share, row],
    [column + 1, row + share],
    [column + 1 - share, row + 1],
    [column, row + 1 - share],
  ][edge];
}

// The loss between grid points, by bilinear interpolation.
export function lossAt(values, across, x, y) {
  const down = values.length / across;
  const column = clamp(Math.floor(x), 0, across - 2);
  const row = clamp(Math.floor(y), 0, down - 2);
  const [u, v] = [x - column, y - row];
  const i = row * across + column;
  return (
    (values[i] * (1 - u) + values[i + 1] * u) * (1 - v) +
    (values[i + across] * (1 - u) + values[i + across + 1] * u) * v
  );
}

// Paint a canvas, with the first row of values at the bottom, as on a chart.
export function paintLosses(canvas, values, across, scale) {
  const { width, height } = canvas;
  const context = canvas.getContext("2d");
  const picture = context.createImageData(width, height);
  const down = values.length / across;
  const place = lossScale(scale);
  const colours = Array.from({ length: 256 }, (_, i) => rampColour(i / 255));
  for (let py = 0; py < height; py += 1) {
    const y = (1 - (py + 0.5) / height) * (down - 1);
    for (let px = 0; px < width; px += 1) {
      const at = place(lossAt(values, across, ((px + 0.5) / width) * (across - 1), y));
      const i = (py * width + px) * 4;
      if (Number.isNaN(at)) continue;
      const [r, g, b] = colours[clamp(Math.round(at * 255), 0, 255)];
      picture.data[i] = r;
      picture.data[i + 1] = g;
      picture.data[i + 2] = b;
      picture.data[i + 3] = 255;
    }
  }
  context.putImageData(picture, 0, 0);
}
