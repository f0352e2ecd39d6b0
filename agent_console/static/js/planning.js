// The index of busy places: asked for anew when the board changed, every five seconds at the most.

import { live } from "./frame.js";
import { at } from "./page.js";

const GAP_MS = 5000;
let due = null;
let asked = Date.now();

async function refresh() {
  due = null;
  asked = Date.now();
  const answer = await fetch("/planning/now", { headers: { Accept: "text/html" }, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const text = await answer.text();
  if (at("busy").matches(":hover") && at("busy").contains(document.activeElement)) return;
  at("busy").replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
}

live.addEventListener("change", () => {
  due ??= setTimeout(refresh, Math.max(500, asked + GAP_MS - Date.now()));
});
