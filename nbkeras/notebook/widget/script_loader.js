// The small script of every widget; the shared code is loaded from one model.
const modules = new Map();

function load(key, text) {
  if (!modules.has(key)) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const module = import(url).finally(() => URL.revokeObjectURL(url));
    modules.set(key, module);
  }
  return modules.get(key);
}

export default {
  async render(context) {
    const { model, el } = context;
    const id = model.get("_source").replace("IPY_MODEL_", "");
    const source = await model.widget_manager.get_model(id);
    const page = await load(`${id} page`, source.get("page"));
    const widget = (await load(id, source.get("script"))).default;
    const off = new AbortController();
    const sheet = document.createElement("style");
    sheet.textContent = source.get("style");
    el.append(sheet);
    const kernel = page.watchKernel(model, source, off.signal);
    const leave = await widget.render({ ...context, kernel });
    if (!kernel.isGone()) page.keepPicture(model, off.signal);
    return () => {
      off.abort();
      leave?.();
    };
  },
};
