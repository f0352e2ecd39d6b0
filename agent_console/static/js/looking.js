// What is done with a call from the board: supervisors look on, agents take a call that rings, waits or is parked.

import { live } from "./frame.js";
import { ask, at, complain, element, note, t } from "./page.js";

const role = at("looking") ? JSON.parse(at("looking").textContent) : "";
export const acts = ["agent", "supervisor"].includes(role);
const WATCHES = { listen: "监听", whisper: "耳语", barge: "插话", leave: "退出监听" };
const TALKS = ["talk", "held", "calling", "consult", "swapped", "inviting", "conference", "outside"];
const STANDS = { held: "保持中", calling: "咨询中", consult: "咨询中", swapped: "咨询中", inviting: "邀请中", conference: "多方通话", parked: "已驻留", sent: "转外线", outside: "与外线通话" };

export const standsAs = (call) => (call.state === "TALKING" ? STANDS[call.control.state] ?? "" : "");

function offered(call) {
  const { state, watching } = call.control;
  if (role === "supervisor") {
    if (call.state !== "TALKING" || !(TALKS.includes(state) || watching)) return [];
    return watching ? ["listen", "whisper", "barge", "leave"] : ["listen", "whisper", "barge"];
  }
  if (live.now.me?.state !== "READY") return [];
  if (state === "parked") return ["retrieve"];
  const ringing = live.now.agents.some((agent) => agent.call === call.call && agent.state === "RINGING" && !agent.asked);
  return call.state === "WAITING" && (ringing || live.now.queue.some((one) => one.call === call.call)) ? ["pickup"] : [];
}

const WORDS = { ...WATCHES, retrieve: "取回", pickup: "代接" };

// The last cell of a row of the calls.
export function showActs(cell, call) {
  if (!acts) return;
  const wanted = offered(call);
  const text = `${wanted.join()} ${call.control.watching}`;
  if (cell.dataset.text === text) return;
  cell.dataset.text = text;
  const bar = element("div", { class: "looking" }, ...wanted.map((request) => {
    const made = element("button", { type: "button", class: "button small", textContent: t(WORDS[request]), "data-request": request });
    if (request in WATCHES && request !== "leave") made.setAttribute("aria-pressed", String(call.control.watching === request));
    made.addEventListener("click", () => act(call.call, request, made));
    return made;
  }));
  cell.replaceChildren(bar);
}

async function act(call, request, button) {
  button.disabled = true;
  const place = role === "supervisor" ? `/board/calls/${encodeURIComponent(call)}/watch` : `/calls/${encodeURIComponent(call)}/control`;
  const answer = await ask(place, { request });
  button.disabled = false;
  if (!answer.ok) return complain(answer);
  if (request !== "leave") note(t("请拿起您的话机接听"), "green");
}
