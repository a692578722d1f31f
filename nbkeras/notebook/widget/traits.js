// Read, watch and save a widget's traits: state shared with the kernel, and its texts.
// Draw now, and once after each message that changes one of `names`.
export function watch(model, names, draw, signal) {
  let queued = false;
  const changed = () => {
    if (queued) return;
    queued = true;
    queueMicrotask(() => {
      queued = false;
      if (!signal.aborted) draw();
    });
  };
  for (const name of names) model.on(`change:${name}`, changed);
  signal.addEventListener("abort", () => {
    for (const name of names) model.off(`change:${name}`, changed);
  });
  draw();
}

// save(name, value): the page is updated at once, the kernel at most every `ms`
// milliseconds, always with the last value.
export function saver(model, signal, ms = 120) {
  const unsent = unsentValues(model, signal);
  let timer = null;
  const flush = () => {
    timer = null;
    unsent.clear();
    model.save_changes();
  };
  signal.addEventListener("abort", () => {
    if (timer !== null) {
      clearTimeout(timer);
      flush();
    }
  });
  return (name, value) => {
    unsent.set(name, value);
    if (timer === null) timer = setTimeout(flush, ms);
  };
}

// Values that the page has set and not sent yet. The kernel echoes each value that it
// receives; the echo of an earlier one does not replace them.
export function unsentValues(model, signal) {
  const values = new Map();
  const listeners = new Map();
  const listen = (name) => {
    const restore = () => {
      if (values.has(name) && !Object.is(model.get(name), values.get(name))) model.set(name, values.get(name));
    };
    listeners.set(name, restore);
    model.on(`change:${name}`, restore);
  };
  signal.addEventListener("abort", () => {
    for (const [name, restore] of listeners) model.off(`change:${name}`, restore);
  });
  return {
    set(name, value) {
      if (!listeners.has(name)) listen(name);
      values.set(name, value);
      model.set(name, value);
    },
    clear: () => values.clear(),
  };
}

// say("epochs", { n: 3 }) -> "3 epochs", from the widget's words.
export function speaker(model) {
  return (key, values = {}) => fill(model.get("words")[key] ?? key, values);
}

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// Numbers of a Bytes trait: a typed array over a copy, for alignment.
/** @param {DataView} view @param {any} Type */
export function numbers(view, Type = Float32Array) {
  if (!view?.byteLength) return new Type(0);
  return new Type(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}
