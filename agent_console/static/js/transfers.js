// Transfers, emergencies and messages: parts of the page that the server draws anew; clocks that run here.

import { live } from "./frame.js";
import { ask, at, complain, element, length, put, serverTime, t } from "./page.js";

const box = at("transfers-now");
const EVERY = 15000;
const SOON = [300, 2500]; // after a change of the calls: the records are written a little later
const drawn = new Map(); // the text of each part as it was put
const waiting = new Map(); // parts that came while somebody pointed at the one before
let stood = "";

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(box.dataset.address, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of page.querySelectorAll("[data-part]")) waiting.set(part.dataset.part, part);
  tick();
}

// A part changes only when its text does, and not under the pointer or the keyboard's focus.
function replace(name, part) {
  const here = box.querySelector(`[data-part="${name}"]`);
  if (drawn.get(name) !== part.innerHTML) {
    if (here.matches(":focus-within") || here.querySelector("tbody:hover")) return;
    drawn.set(name, part.innerHTML);
    here.replaceChildren(...part.childNodes);
  }
  waiting.delete(name);
}

function tick() {
  for (const [name, part] of waiting) replace(name, part);
  const now = serverTime();
  for (const time of box.querySelectorAll("[data-from]")) put(time, length(now - Number(time.dataset.from)));
  for (const time of box.querySelectorAll("[data-due]")) {
    const left = Number(time.dataset.due) - now;
    put(time, left >= 0 ? length(left) : `${t("超期")} ${length(-left)}`);
  }
}

live.addEventListener("change", () => {
  const lines = live.now.calls.filter((call) => call.outside.length).map((call) => [call.call, call.agent, call.outside]);
  const stands = JSON.stringify([lines, live.now.alarms]);
  if (stands === stood) return;
  stood = stands;
  for (const wait of SOON) setTimeout(refresh, wait);
});

box.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-seen]");
  if (!button) return;
  button.disabled = true;
  const answer = await ask(button.dataset.seen, {});
  if (!answer.ok) {
    button.disabled = false;
    return complain(answer);
  }
  // One's own press is answered under the pointer.
  const names = button.closest("tr").querySelector(".folds");
  const done = element("span", { class: "part", textContent: document.querySelector(".person b").textContent });
  names.querySelector(".tag") ? names.replaceChildren(done) : names.append(done);
  button.remove();
  refresh();
});

setInterval(tick, 500);
setInterval(refresh, EVERY);
document.addEventListener("visibilitychange", refresh);
refresh();
tick();
