// Create and change nodes of the page.
// Text is always set as text, so that names of layers or folders never become markup.
const SVG = "http://www.w3.org/2000/svg";

// node("button", { class: "nbk-stop", "aria-label": "Stop" }, "Stop", icon)
export function node(tag, attributes = {}, ...children) {
  return dressed(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return dressed(document.createElementNS(SVG, tag), attributes, children);
}

// JupyterLab handles arrow keys, Enter and Space even if a control has the focus, unless
// the control opts out.
const CONTROLS = "button, input, select, textarea, summary, [tabindex]";
// It also blocks Enter in text and number fields, which are therefore submitted here.
const FIELDS = "input[type=text], input[type=number]";

function dressed(element, attributes, children) {
  setAttributes(element, attributes);
  if (element.matches(CONTROLS)) element.setAttribute("data-lm-suppress-shortcuts", "true");
  if (element.matches(FIELDS)) element.addEventListener("keydown", takeEntry);
  if (element.matches("button")) element.addEventListener("click", refuseDisabled);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Enter submits the field's form, or fires "change" if there is none. While an input
// method composes characters, Enter belongs to it.
function takeEntry(event) {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  const field = event.currentTarget;
  if (field.form) field.form.requestSubmit();
  else field.dispatchEvent(new Event("change", { bubbles: true }));
}

// The element that has the focus, seen from `element`. In a shadow root, as in marimo and
// on pages of MyST, the document knows only the root's host.
export function focusedIn(element) {
  const place = /** @type {Document | ShadowRoot} */ (element.getRootNode());
  return /** @type {HTMLElement | null} */ (place.activeElement ?? null);
}

// Disable or enable a button. With the focus it is only marked, and refuses clicks: the
// page would move the focus to its top, and keys would have to find the way back.
export function setDisabled(button, isDisabled) {
  const keepsFocus = isDisabled && focusedIn(button) === button;
  button.disabled = isDisabled && !keepsFocus;
  setAttributes(button, { "aria-disabled": keepsFocus ? "true" : null });
}

function refuseDisabled(event) {
  if (event.currentTarget.getAttribute("aria-disabled") === "true") event.stopImmediatePropagation();
}

// Hide or show a part; the focus that was in it goes to what `next` returns.
export function setHidden(part, isHidden, next) {
  const hadFocus = isHidden && !part.hidden && part.contains(focusedIn(part));
  part.hidden = isHidden;
  if (hadFocus) next()?.focus();
}

// null and false remove an attribute, true sets it to "". What an attribute already says is
// not written: the browser would compute styles and layout anew.
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else {
      const text = value === true ? "" : String(value);
      if (element.getAttribute(name) !== text) element.setAttribute(name, text);
    }
  }
}

// Set text only if it differs, to avoid announcements and layout work.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// A name that loses its middle where there is no room: names often differ at their ends.
const END_LETTERS = 6;
export function setName(element, text) {
  if (element.textContent === text && element.childElementCount) return;
  const letters = [...text];
  const end = letters.length > 2 * END_LETTERS ? letters.length - END_LETTERS : letters.length;
  element.classList.add("nbk-ends");
  element.replaceChildren(
    node("span", { class: "nbk-ends-first" }, letters.slice(0, end).join("")),
    node("span", { class: "nbk-ends-last" }, letters.slice(end).join("")),
  );
}

export function named(element, text) {
  setName(element, text);
  return element;
}

export function listen(target, type, handler, signal, options = {}) {
  target.addEventListener(type, handler, { ...options, signal });
}

// An id that is unique on the page, for labels.
let idCount = 0;
export function freshId(stem) {
  idCount += 1;
  return `nbk-${stem}-${idCount}-${Math.random().toString(36).slice(2, 8)}`;
}

// The widget's root node. While it is on the page, the static picture below it is hidden
// together with its output row.
export function root(model, el, name) {
  const key = CSS.escape(model.get("static_copy"));
  const hides = `.jp-OutputArea-child:has(> * figure[data-nbk="${key}"]), figure[data-nbk="${key}"] { display: none }`;
  const box = node("div", { class: `nbk nbk-${name}`, lang: model.get("words").lang });
  box.append(node("style", {}, hides));
  el.append(box);
  return box;
}
