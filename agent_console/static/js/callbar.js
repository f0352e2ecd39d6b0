// The bar of a call that is up: hold, consult, transfer, conference, park, mute. What can be done is the server's to say.

import { live } from "./frame.js";
import { clear, mark } from "./forms.js";
import { ask, at, complain, length, note, put, serverTime, t } from "./page.js";

const STATES = { talk: "通话中", held: "保持中，来电人听到音乐", calling: "正在呼叫对方，来电人听到音乐", consult: "正在咨询，来电人听到音乐", swapped: "与来电人通话，对方在等待", inviting: "正在邀请对方", conference: "多方通话", referring: "正在请来电方的线路转接" };
// What each state offers; those with a dialog ask whom.
const OFFERED = {
  talk: ["hold", "consult", "transfer", "conference", "park"],
  held: ["resume", "consult", "transfer", "park"],
  calling: ["complete", "return"],
  consult: ["complete", "swap", "merge", "return"],
  swapped: ["complete", "swap", "merge", "return"],
  inviting: ["return"],
  referring: ["return"],
  conference: ["conference", "complete", "return"],
};
const DIALOGS = { consult: "咨询", transfer: "转接", conference: "邀请加入" };
const DONE = { transfer: "来电已转出", complete: "来电已转出", park: "来电已驻留，可在看板取回" };
const TROUBLE = { 486: "对方占线", 600: "对方占线", 480: "对方无人接听", 408: "对方无人接听", 487: "对方无人接听", 603: "对方拒接", 404: "号码无法接通", 403: "该号码不允许呼出" };

let call = "";
let troubled = "";

const controlOf = () => (live.now?.call?.call === call ? live.now.call.control : null);

export function showBar(item) {
  const now = live.now?.call;
  const mine = now && item && now.call === item.call && live.now.me?.state === "TALKING";
  const control = mine ? now.control : null;
  call = mine ? now.call : "";
  at("call-bar").hidden = !control;
  if (!control) return;
  const asked = Boolean(live.now.me.asked);
  at("call-bar").dataset.state = control.state;
  put(at("call-state"), asked ? t("同事向您咨询") : t(STATES[control.state] ?? control.state));
  const offered = asked ? [] : (OFFERED[control.state] ?? []);
  for (const button of at("call-bar").querySelectorAll("[data-request]")) button.hidden = !offered.includes(button.dataset.request);
  const mute = at("call-mute");
  mute.hidden = asked;
  const muted = control.muted.includes(control.agent);
  mute.setAttribute("aria-pressed", String(muted));
  put(mute.lastElementChild, t(muted ? "取消静音" : "静音"));
  const outside = [control.other, ...control.guests].some((leg) => leg.startsWith("outside:")) && ["consult", "conference"].includes(control.state);
  at("call-keys").hidden = asked || !outside;
  const trouble = control.trouble && control.state === "talk" ? `${call} ${control.since}` : "";
  if (trouble && trouble !== troubled) note(t(TROUBLE[control.trouble] ?? "对方未接通") + t("，来电人已回到您这里。"), "amber");
  troubled = trouble;
  tick();
}

function tick() {
  const control = controlOf();
  if (control) put(at("call-since"), length(serverTime() - control.since));
}

async function send(request, body = {}, done = DONE[request] ?? "") {
  const answer = await ask(`/calls/${encodeURIComponent(call)}/control`, { request, ...body });
  if (answer.ok && done) note(t(done), "green");
  return answer;
}

const form = () => at("calling").querySelector("form");

async function openDialog(request) {
  const found = await ask("/calls/targets");
  if (!found.ok) return complain(found);
  clear(form());
  form().dataset.request = request;
  put(at("calling-title"), t(DIALOGS[request]));
  put(at("calling-confirm"), t(DIALOGS[request]));
  form().elements.agent.replaceChildren(...found.agents.map((each) => new Option(each.shown, each.name)));
  form().elements.skill.replaceChildren(...found.skills.map((each) => new Option(each.name, each.code)));
  put(at("calling-none"), found.agents.length ? "" : t("现在没有就绪的同事；可转到技能组或外线。"));
  at("calling-none").hidden = found.agents.length > 0;
  form().elements.kind.value = found.agents.length ? "agent" : "skill";
  form().elements.number.value = "";
  choose();
  at("calling").showModal();
}

function choose() {
  for (const kind of ["agent", "skill", "number"]) at(`calling-${kind}`).hidden = form().elements.kind.value !== kind;
}

async function confirm() {
  const { request } = form().dataset;
  const kind = form().elements.kind.value;
  const answer = await send(request, { kind, target: form().elements[kind].value });
  if (answer.ok) at("calling").close();
  else if (!mark(form(), { [kind]: answer.error })) complain(answer);
}

if (at("call-bar")) {
  at("call-bar").addEventListener("click", async (event) => {
    const button = event.target.closest("[data-request]");
    if (!button) return;
    const { request } = button.dataset;
    if (request in DIALOGS) return openDialog(request);
    button.disabled = true;
    const answer = await send(request === "merge" ? "conference" : request, {}, DONE[request] ?? "");
    button.disabled = false;
    if (!answer.ok) complain(answer);
  });
  at("call-mute").addEventListener("click", async () => {
    const answer = await send(at("call-mute").getAttribute("aria-pressed") === "true" ? "unmute" : "mute");
    if (!answer.ok) complain(answer);
  });
  at("call-keys").addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = event.target.elements.digits;
    const answer = await send("digits", { kind: "digits", target: field.value });
    if (answer.ok) field.value = "";
    else complain(answer);
  });
  form().addEventListener("change", choose);
  form().addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input, select")) {
      event.preventDefault();
      confirm();
    }
  });
  at("calling-confirm").addEventListener("click", confirm);
  setInterval(tick, 500);
}
