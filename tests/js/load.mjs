// A widget's module as the browser gets it: the prelude and its own text.
import { readFileSync } from "node:fs";

const widgets = new URL("../../nbkeras/notebook/widgets/", import.meta.url);

export async function load(stem, extra = "") {
  const text = ["_prelude", stem].map((name) => readFileSync(new URL(`${name}.js`, widgets), "utf8"));
  const module = [...text, extra].join("\n");
  return import(`data:text/javascript;base64,${Buffer.from(module).toString("base64")}`);
}

export async function prelude(names) {
  const text = readFileSync(new URL("_prelude.js", widgets), "utf8");
  const module = `${text}\nexport { ${names} };`;
  return import(`data:text/javascript;base64,${Buffer.from(module).toString("base64")}`);
}
