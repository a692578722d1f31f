// A widget's module as the browser gets it: the shared parts it names and its own text.
import { readFileSync } from "node:fs";

const notebook = new URL("../../nbkeras/notebook/", import.meta.url);
const read = (path) => readFileSync(new URL(`${path}.js`, notebook), "utf8");

function module(text) {
  return import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);
}

// What the widget itself exports.
export async function load(tool) {
  const uses = read(`${tool}/widget`).match(/^\/\/ Uses: (.*)\.$/m)?.[1].split(/,\s*/) ?? [];
  return module(["widget/prelude", ...uses.map((part) => `${tool}/${part}`), `${tool}/widget`].map(read).join("\n"));
}

// Functions of shared files, which export nothing themselves.
export async function parts(paths, names) {
  return module(`${paths.map(read).join("\n")}\nexport { ${names} };`);
}
