// A widget's module as the browser gets it: the shared parts it names and its own text.
import { readFileSync } from "node:fs";

const widgets = new URL("../../nbkeras/notebook/widgets/", import.meta.url);
const read = (stem) => readFileSync(new URL(`${stem}.js`, widgets), "utf8");

function module(text) {
  return import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);
}

// What the widget itself exports.
export async function load(stem) {
  const uses = read(stem).match(/^\/\/ Uses: ([^.]*)\./m)?.[1].split(/,\s*/) ?? [];
  return module(["_prelude", ...uses, stem].map(read).join("\n"));
}

// Functions of shared files, which export nothing themselves.
export async function parts(stems, names) {
  return module(`${stems.map(read).join("\n")}\nexport { ${names} };`);
}
