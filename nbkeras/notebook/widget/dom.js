// Build and change the nodes of the page.
// Text is only ever set as text, so a layer's or a folder's name never becomes markup.
const SVG = "http://www.w3.org/2000/svg";

// node("button", { class: "nbk-stop", "aria-label": "Stop" }, "Stop", icon)
export function node(tag, attributes = {}, ...children) {
  return dressed(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return dressed(document.createElementNS(SVG, tag), attributes, children);
}

// JupyterLab takes arrow keys, Enter and Space for itself even where a control has the
// focus, unless the control says that keys are its own.
const CONTROLS = "button, input, select, textarea, summary, [tabindex]";
// It also keeps Enter from ending an entry: a field of text or numbers does that itself.
const FIELDS = "input[type=text], input[type=number]";

function dressed(element, attributes, children) {
  setAttributes(element, attributes);
  if (element.matches(CONTROLS)) element.setAttribute("data-lm-suppress-shortcuts", "true");
  if (element.matches(FIELDS)) element.addEventListener("keydown", takeEntry);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Enter submits the field's form; a field without one has changed. While an input method
// composes characters, Enter belongs to it.
function takeEntry(event) {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  const field = event.currentTarget;
  if (field.form) field.form.requestSubmit();
  else field.dispatchEvent(new Event("change", { bubbles: true }));
}

// null and false take an attribute away, true sets it empty.
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

// Set text only where it differs, so that a screen reader and the layout stay calm.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function listen(target, type, handler, signal, options = {}) {
  target.addEventListener(type, handler, { ...options, signal });
}

// An id that no other view on the page has, for labels that point at something.
let idCount = 0;
export function freshId(stem) {
  idCount += 1;
  return `nbk-${stem}-${idCount}-${Math.random().toString(36).slice(2, 8)}`;
}

// The widget's outermost node. While it is on the page, the still picture that was
// left under it is hidden, with the output row that holds it.
export function root(model, el, name) {
  const key = CSS.escape(model.get("static_copy"));
  const hides = `.jp-OutputArea-child:has(> * figure[data-nbk="${key}"]), figure[data-nbk="${key}"] { display: none }`;
  const box = node("div", { class: `nbk nbk-${name}`, lang: model.get("words").lang });
  box.append(node("style", {}, hides));
  el.append(box);
  return box;
}
