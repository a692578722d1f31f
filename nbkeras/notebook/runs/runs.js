// Runs as data: filtering, sorting, curves. Independent of the page.
import { numbers } from "../widget/traits.js";

// Whether every word occurs in the run; "name:value" searches a single setting.
export function fits(row, filter) {
  return filter
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => hasWord(row, word));
}

function hasWord(row, word) {
  const at = word.indexOf(":");
  if (at > 0) {
    const name = word.slice(0, at);
    return settingOf(row.settings[name]).includes(word.slice(at + 1));
  }
  return [row.name, row.status, ...Object.values(row.settings)].some((text) => settingOf(text).includes(word));
}

const settingOf = (value) => String(value ?? "").toLowerCase();

export function metricOf(metrics, chosen) {
  if (metrics.includes(chosen)) return chosen;
  return ["val_loss", "loss"].find((name) => metrics.includes(name)) ?? metrics[0] ?? "";
}

// Rows sorted by a column: "name", "best" or ":setting"; missing values come last.
export function ordered(rows, sort, down, metric) {
  if (!sort) return rows;
  const value = (row) => {
    if (sort === "best") return row.best[metric]?.[1];
    if (sort === "best_epoch") return row.best[metric]?.[0];
    return sort.startsWith(":") ? row.settings[sort.slice(1)] : row[sort];
  };
  const compare = (a, b) => {
    const [x, y] = [value(a), value(b)];
    const [noX, noY] = [x === undefined || x === null, y === undefined || y === null];
    if (noX || noY) return Number(noX) - Number(noY);
    const both = typeof x === "number" && typeof y === "number";
    const order = both ? x - y : String(x).localeCompare(String(y), "en", { numeric: true });
    return down ? -order : order;
  };
  return [...rows].sort(compare);
}

// The name of the run whose value is best, null for none.
export function bestOf(rows, metric, upwards) {
  let best = null;
  for (const row of rows) {
    const value = row.best[metric]?.[1];
    if (value === undefined) continue;
    if (best === null || (upwards ? value > best.value : value < best.value)) best = { value, name: row.name };
  }
  return best?.name ?? null;
}

// [{x, y} or null] of one metric for each run.
/** @param {DataView} view @param {Record<string, number>[]} sizes @param {string} metric */
export function curvesOf(view, sizes, metric) {
  const all = numbers(view);
  let at = 0;
  return sizes.map((own) => {
    let curve = null;
    for (const [name, count] of Object.entries(own)) {
      if (name === metric && count) {
        const pairs = all.subarray(2 * at, 2 * (at + count));
        curve = { x: [...pairs.filter((_, i) => i % 2 === 0)], y: [...pairs.filter((_, i) => i % 2)] };
      }
      at += count;
    }
    return curve;
  });
}
