// Widgets in a page without a kernel: models with the saved state, and what mounts them.

function fromPage(value) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(fromPage);
  if (typeof value.__bytes__ === "string") {
    const text = atob(value.__bytes__);
    return new DataView(Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromPage(item)]));
}

// The model side of a widget. What is sent to the kernel goes nowhere.
class Model {
  constructor(state, manager) {
    this.state = state;
    this.widget_manager = manager;
    this.handlers = [];
  }
  get(name) {
    return this.state[name];
  }
  set(name, value) {
    if (Object.is(this.state[name], value)) return;
    this.state[name] = value;
    this.fire(`change:${name}`);
  }
  save_changes() {}
  send() {}
  on(event, handler) {
    this.handlers.push([event, handler]);
  }
  off(event, handler) {
    this.handlers = this.handlers.filter(([e, h]) => !((!event || e === event) && (!handler || h === handler)));
  }
  fire(event) {
    for (const [name, handler] of [...this.handlers]) if (name === event) handler();
  }
}

// The widgets of `data` {kinds, models, words}; mount(id, place) draws one of them in an
// element and returns what removes it again, or null if there is no such widget.
export function hostOf(data) {
  const models = new Map();
  const sources = new Map();
  const manager = {
    get_model: async (id) => models.get(id) ?? sources.get(id),
  };
  for (const [kind, source] of Object.entries(data.kinds)) {
    sources.set(`source ${kind}`, new Model(source, manager));
  }
  for (const [id, { kind, state }] of Object.entries(data.models)) {
    const own = { ...fromPage(state), _source: `IPY_MODEL_source ${kind}` };
    models.set(id, new Model(own, manager));
  }

  const modules = new Map();
  function moduleOf(kind) {
    if (!modules.has(kind)) {
      const url = URL.createObjectURL(new Blob([data.kinds[kind].script], { type: "text/javascript" }));
      modules.set(
        kind,
        import(url).finally(() => URL.revokeObjectURL(url)),
      );
    }
    return modules.get(kind);
  }

  return async function mount(id, place) {
    const known = data.models[id];
    if (!known) return null;
    const view = document.createElement("div");
    const sheet = document.createElement("style");
    sheet.textContent = data.kinds[known.kind].style;
    try {
      const { default: widget } = await moduleOf(known.kind);
      place.append(sheet, view);
      const kernel = { isGone: () => true, onGone: () => {} };
      return await widget.render({ model: models.get(id), el: view, kernel });
    } catch (error) {
      view.remove(); // the static picture below is seen instead
      const note = document.createElement("p");
      note.className = "page-note";
      note.textContent = data.words.broken.replace("{why}", String(error?.message ?? error));
      place.append(note);
      return null;
    }
  };
}
