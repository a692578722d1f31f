// Epsilon of a private run, and how it would be with half or double of each cause.

import { node, setText } from "../widget/dom.js";

const CAUSES = ["noise", "rate", "steps"];
const COLUMNS = ["half", "end", "double"];

export function privacyPanel(say) {
  const now = node("p", { class: "nbk-privacy-now" });
  const cells = Object.fromEntries(CAUSES.map((cause) => [cause, ["now", ...COLUMNS].map(() => node("td"))]));
  const heads = COLUMNS.map((column) => node("th", { scope: "col" }, say(`privacy_${column}`)));
  const rows = CAUSES.map((cause) =>
    node("tr", {}, node("th", { scope: "row" }, say(`privacy_${cause}`)), ...cells[cause]),
  );
  const table = node("table", { class: "nbk-privacy-table" });
  table.append(node("thead", {}, node("tr", {}, node("td"), node("td"), ...heads)), node("tbody", {}, ...rows));
  const box = node("section", { class: "nbk-privacy", "aria-label": say("privacy") }, now, table);
  return {
    box,
    draw({ privacy }) {
      box.hidden = !privacy;
      if (!privacy) return;
      const { end } = privacy;
      setText(now, say("privacy_now", privacy));
      const values = {
        noise: privacy.noise,
        rate: privacy.rate,
        steps: end ? `${privacy.steps} / ${end.steps}` : String(privacy.steps),
      };
      for (const cause of CAUSES) {
        const [half, double] = end?.[cause === "steps" ? "steps_by" : cause] ?? ["–", "–"];
        [values[cause], half, end?.epsilon ?? "–", double].forEach((text, i) => setText(cells[cause][i], text));
      }
    },
  };
}
