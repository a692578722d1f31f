// Pointer and key gestures shared by several charts.

import { clamp } from "./charts/scales.js";
import { listen } from "./dom.js";

// Press, move, release: the target captures the pointer until the release. `press` may
// return false to reject the gesture. `cancel` is called instead of `release` if the
// browser takes over the gesture or focus is lost.
/**
 * @param {SVGElement | HTMLElement} target
 * @param {AbortSignal} signal
 * @param {{ press: (event: PointerEvent) => boolean | void, move: (event: PointerEvent) => void,
 *   release?: (event: PointerEvent) => void, cancel?: () => void }} handlers
 */
export function onDrag(target, signal, { press, move, release, cancel }) {
  let pressed = false;
  const end = (handler) => (event) => {
    if (!pressed) return;
    pressed = false;
    handler?.(event);
  };
  const begin = (event) => {
    if (event.button !== 0 || press(event) === false) return;
    pressed = true;
    target.setPointerCapture(event.pointerId);
  };
  listen(target, "pointerdown", begin, signal);
  listen(target, "pointermove", (event) => pressed && move(event), signal);
  listen(target, "pointerup", end(release), signal);
  for (const type of ["pointercancel", "blur"]) listen(target, type, end(cancel), signal);
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// Whether a key event is a shortcut of the browser or the notebook.
export const isShortcut = (event) => event.altKey || event.ctrlKey || event.metaKey;

// Escape anywhere in a part closes it.
export function onEscape(part, close, signal) {
  const press = (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  listen(part, "keydown", press, signal);
}

// The direction [right, up] of an arrow key, null for every other key.
export const arrowDirection = (event) => (isShortcut(event) ? null : (ARROWS[event.key] ?? null));

// The index after a slider's key, from index `at` of 0..last; null for other keys.
export function indexAfterKey(key, at, last) {
  const index = {
    ArrowLeft: at - 1,
    ArrowDown: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at + 1,
    PageDown: at - 10,
    PageUp: at + 10,
    Home: 0,
    End: last,
  }[key];
  return index === undefined ? null : clamp(index, 0, last);
}
