// Widgets as an anywidget module, for pages of MyST: `{anywidget} run.mjs`.
//
// The module brings its own models, since those of such a page know neither bytes nor
// other models. Reads: widget, which of them to draw; without it, the first.
import { hostOf } from "./page_models.js";

// MyST's pages mark their theme on the root element; a shadow root hides that from CSS.
function followPage(place, signal) {
  const root = document.documentElement;
  const mark = () => {
    place.dataset.jpThemeLight = String(!root.classList.contains("dark"));
  };
  const observer = new MutationObserver(mark);
  observer.observe(root, { attributes: true, attributeFilter: ["class"] });
  signal.addEventListener("abort", () => observer.disconnect());
  mark();
}

export function widgetsOf(data) {
  const mount = hostOf(data);
  const [first] = Object.keys(data.models);
  return {
    async render({ model, el }) {
      const off = new AbortController();
      const place = document.createElement("div");
      el.append(place);
      followPage(place, off.signal);
      const leave = await mount(model.get("widget") ?? first, place);
      return () => {
        off.abort();
        leave?.();
      };
    },
  };
}
