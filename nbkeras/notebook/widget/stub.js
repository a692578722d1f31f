// All that a widget carries of its script: the rest is in a model that every widget of
// its kind shares, so that a notebook with a hundred fits keeps one copy.
globalThis.nbkModules ??= new Map();
const modules = globalThis.nbkModules;

async function shared(model) {
  const id = model.get("_source").replace("IPY_MODEL_", "");
  const source = await model.widget_manager.get_model(id);
  if (!modules.has(id)) {
    const url = URL.createObjectURL(new Blob([source.get("script")], { type: "text/javascript" }));
    modules.set(
      id,
      import(url).finally(() => URL.revokeObjectURL(url)),
    );
  }
  return { style: source.get("style"), widget: (await modules.get(id)).default };
}

export default {
  async render(context) {
    const { style, widget } = await shared(context.model);
    const sheet = document.createElement("style");
    sheet.textContent = style;
    context.el.append(sheet);
    return widget.render(context);
  },
};
