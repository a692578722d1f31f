// Draws the widgets of an exported page.
import { hostOf } from "./page_models.js";

const mount = hostOf(JSON.parse(document.getElementById("nbk-data").textContent));
for (const place of document.querySelectorAll(".page-widget")) mount(place.getAttribute("data-model"), place);
