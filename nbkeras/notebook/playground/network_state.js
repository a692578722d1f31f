// The network as the page draws it: sizes of the columns, weights, names of the units.
import { numbers } from "../widget/traits.js";

export const FEATURE_NAMES = {
  x1: "x₁",
  x2: "x₂",
  x1_squared: "x₁²",
  x2_squared: "x₂²",
  x1_x2: "x₁x₂",
  sin_x1: "sin x₁",
  sin_x2: "sin x₂",
};

// The kernels and biases in a row of numbers: [{kernel, bias, before, after}]; [] if the
// numbers belong to another network.
/** @param {Float32Array} weights @param {number[]} sizes of the features, layers, outputs */
export function splitWeights(weights, sizes) {
  const layers = [];
  let first = 0;
  for (let i = 1; i < sizes.length; i += 1) {
    const [before, after] = [sizes[i - 1], sizes[i]];
    const end = first + before * after;
    layers.push({ before, after, kernel: weights.subarray(first, end), bias: weights.subarray(end, end + after) });
    first = end + after;
  }
  return first === weights.length ? layers : [];
}

// Everything that the network and the output draw from.
export function networkState(model) {
  const { features, layers, ...settings } = model.get("settings");
  const info = model.get("info");
  const outputs = info.kind === "classes" ? info.names.length : 1;
  const sizes = [features.length, ...layers, outputs];
  const count = info.side * info.side;
  const units = numbers(model.get("units"), Uint8Array);
  const isSame = units.length === count * (sizes.reduce((sum, n) => sum + n, 0) - features.length);
  return {
    settings: { features, layers, ...settings },
    info,
    sizes,
    layers: splitWeights(numbers(model.get("weights")), sizes),
    units: isSame ? units : new Uint8Array(0),
    tops: numbers(model.get("tops")),
    features: numbers(model.get("feature_maps"), Uint8Array),
    names: model.get("choices").features,
    output: numbers(model.get("output"), Uint8Array),
  };
}

// Number of a unit among all units: column 1 is the first hidden layer.
export function unitIndex(sizes, column, row) {
  return sizes.slice(1, column).reduce((sum, n) => sum + n, 0) + row;
}

// The map of a unit or feature: {bytes, top}; bytes are empty while they are computed.
export function mapOf(state, column, row) {
  const count = state.info.side ** 2;
  const isFeature = column === 0;
  const at = isFeature ? row : unitIndex(state.sizes, column, row);
  const bytes = (isFeature ? state.features : state.units).subarray(at * count, (at + 1) * count);
  return { bytes, top: isFeature ? NaN : state.tops[at] };
}

// The name of a feature, hidden unit or output; columns count from the features, 0.
export function nameOf(state, column, row, say) {
  if (column === 0) return FEATURE_NAMES[state.settings.features[row]] ?? "";
  if (column < state.sizes.length - 1) return say("unit", { layer: column, unit: row + 1 });
  return outputName(state, row, say);
}

export function outputName({ info }, row, say) {
  return info.kind === "classes" ? say("output_of", { name: info.names[row] }) : say("output");
}

// The name of a weight in Python, such as "hidden_1/kernel[0, 2]"; row -1 is the bias.
export function weightName(state, column, source, target) {
  const layer = column === state.sizes.length - 1 ? "output" : `hidden_${column}`;
  return source < 0 ? `${layer}/bias[${target}]` : `${layer}/kernel[${source}, ${target}]`;
}

// Width of a weight's line in pixels.
export function thickness(weight) {
  const size = Math.abs(weight);
  return Number.isFinite(size) ? 0.5 + Math.min(3 * size, 7) : 0.5;
}

// A plane coordinate in the user's units.
export const inUnits = (info, place) => place.map((value, k) => value * info.scale[k] + info.offset[k]);
