// Numbers and times as text. Independent of the page.

export const MISSING = -3.4028234663852886e38; // float32's lowest: marks a missing number

// Four significant digits, in the shortest form.
export function formatNumber(value) {
  if (value === MISSING || value === null || value === undefined) return "–";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) {
    return value
      .toExponential(size < 1e-4 ? 2 : 3)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e")
      .replace(/-/g, "−");
  }
  const digits = size >= 1 ? Math.max(0, 3 - Math.floor(Math.log10(size))) : 4;
  return value.toFixed(digits).replace("-", "−");
}

// Three significant digits, large numbers without decimals, no trailing zeros.
export function formatShort(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size >= 1e6 || (size && size < 1e-4)) return formatNumber(value);
  return String(Number(size >= 100 ? value.toFixed(0) : value.toPrecision(3))).replace("-", "−");
}

// A tick's label, without insignificant digits.
export function formatTick(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e5) return value.toExponential().replace("e+", "e").replace(/-/g, "−");
  return String(value).replace("-", "−");
}

// A learning rate with at most three digits: 0.001, 3.16e−5.
export function formatRate(value) {
  const short = Number(value.toPrecision(3));
  return (short && short < 1e-4 ? short.toExponential() : String(short)).replace("-", "−");
}

// 7 -> "0:07", 3700 -> "1:01:40".
export function formatTime(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

// Time of one step: 0.00021 -> "210 µs".
export function formatSpan(seconds) {
  const [factor, unit] = seconds >= 1 ? [1, "s"] : seconds >= 1e-3 ? [1e3, "ms"] : [1e6, "µs"];
  const value = seconds * factor;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(2)} ${unit}`;
}
