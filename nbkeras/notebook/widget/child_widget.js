// Mount another widget inside this one, with its own script and style.

// `name` is a trait that refers to the other widget.
export async function mountChild(model, name, place, signal, kernel) {
  const get = (id) => model.widget_manager.get_model(String(id).replace("IPY_MODEL_", ""));
  const reference = model.get(name);
  const child = typeof reference === "string" ? await get(reference) : reference;
  const sourceText = child.get("_source");
  const source = typeof sourceText === "string" ? await get(sourceText) : sourceText;
  const url = URL.createObjectURL(new Blob([source.get("script")], { type: "text/javascript" }));
  const module = await import(url).finally(() => URL.revokeObjectURL(url));
  if (signal.aborted) return;
  const sheet = document.createElement("style");
  sheet.textContent = source.get("style");
  place.append(sheet);
  const leave = await module.default.render({ model: child, el: place, kernel });
  if (signal.aborted) leave?.();
  else signal.addEventListener("abort", () => leave?.());
}
