// Requests to the kernel, which counts its responses: traits ask and answered.
import { focusedIn, setAttributes } from "./dom.js";
import { unsentValues } from "./traits.js";

const PATIENCE_MS = 1500; // delay before the page reports a busy kernel
const KEEP_MS = 700; // idle time before the static picture is updated

// Settings are sent one request at a time: while one is pending, newer values replace
// each other, so that dragging does not queue requests.
// Without a kernel, a control of such a setting is switched off and says why; settings
// named in `local` are those that the page draws by itself.
export function kernelRequests(model, signal, { kernel, onWait, onLate, local = [] }) {
  const unsent = unsentValues(model, signal);
  let [sent, waiting, dirty, timer, quiet] = [0, false, false, null, null];
  const flush = () => {
    dirty = false;
    if (kernel.isGone()) return;
    waiting = true;
    sent = model.get("ask") + 1;
    model.set("ask", sent);
    unsent.clear();
    model.save_changes();
    onWait(true);
    timer = setTimeout(() => onLate(true), PATIENCE_MS);
  };
  const answered = () => {
    if (!waiting || model.get("answered") < sent) return;
    clearTimeout(timer);
    onLate(false);
    waiting = false;
    onWait(false);
    clearTimeout(quiet);
    if (dirty) flush();
    else quiet = setTimeout(() => model.send({ do: "keep" }), KEEP_MS);
  };
  const gone = () => {
    clearTimeout(timer);
    clearTimeout(quiet);
    waiting = false;
    onWait(false);
    onLate(false);
  };
  kernel.onGone(gone);
  if (kernel.isGone()) gone();
  model.on("change:answered", answered);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    clearTimeout(quiet);
    model.off("change:answered", answered);
    if (dirty) model.save_changes();
  });
  return {
    // A message; `save` sends settings.
    send(content) {
      if (kernel.isGone()) switchOff(model);
      else model.send(content);
    },
    save(name, value, isLocal = local.includes(name)) {
      if (kernel.isGone() && !isLocal) {
        switchOff(model);
        return;
      }
      unsent.set(name, value);
      if (dirty) return;
      dirty = true;
      if (!waiting) queueMicrotask(() => dirty && !waiting && flush());
    },
  };
}

// The control whose event is handled now. An event inside of a shadow root is hidden from
// the window, so there it is the control with the focus.
function switchOff(model) {
  const { event } = globalThis;
  let target = /** @type {Element | null | undefined} */ (event?.target);
  // A form is submitted by its button, or by Enter in its field.
  if (event instanceof SubmitEvent) target = event.submitter ?? focusedIn(target);
  if (!target) {
    target = document.activeElement;
    while (target?.shadowRoot) target = target.shadowRoot.activeElement;
    if (target?.getRootNode() === document) return;
  }
  const title = model.get("words").kernel_gone;
  const control = target?.closest?.("button, input, select, textarea");
  const drawn = target?.closest?.("[role=button], [role=slider], [role=application]");
  if (control) setAttributes(control, { disabled: true, title });
  else if (drawn) setAttributes(drawn, { "aria-disabled": "true", title });
}
