// The call page during a talk: its words as they are written down, and its recording, each with its switch.

import { live } from "./frame.js";
import { ask, at, complain, put, t } from "./page.js";
import * as talk from "./talk.js";

let shown = ""; // the call on the page

export function showTalk(item) {
  shown = item.call;
  const state = live.now?.call?.call === item.call ? live.now.call.talk : null;
  talk.show(item.call, state);
  at("use-talk").hidden = talk.linesOf(item.call).length === 0;
  const mayTurn = Boolean(state) && state.wanted !== "off" && live.now.me?.state === "TALKING";
  at("talk-switch").hidden = !mayTurn;
  put(at("talk-switch"), state?.off_by ? t("开启") : t("本次通话不再记录"));
}

// The recording: paused while numbers are told that nobody is to keep.
export function showCapture(item) {
  const state = live.now?.call?.call === item.call ? live.now.call.recording : null;
  const talking = live.now?.me?.state === "TALKING";
  at("capture").hidden = !state || !talking || !(state.on || state.trouble);
  if (at("capture").hidden) return;
  const paused = Boolean(state.paused_by);
  at("capture-state").className = `tag ${state.trouble ? "red" : paused ? "amber" : "green"}`;
  put(at("capture-state"), state.trouble ? t("录音中断，通话照常") : paused ? t("录音已暂停") : t("正在录音"));
  at("capture-state").title = state.trouble;
  at("capture-switch").hidden = !state.on;
  put(at("capture-switch"), paused ? t("继续录音") : t("暂停录音"));
}

async function turnCapture() {
  const body = new FormData();
  body.set("on", live.now.call.recording.paused_by ? "1" : "0");
  const answer = await ask(`/calls/${encodeURIComponent(shown)}/recording`, body);
  if (!answer.ok) complain(answer);
}

async function turnTalk() {
  const body = new FormData();
  body.set("on", live.now.call.talk.off_by ? "1" : "0");
  const answer = await ask(`/calls/${encodeURIComponent(shown)}/transcript`, body);
  if (!answer.ok) complain(answer);
}

// Behind what is written already: the ticket's content is the agent's own.
function useTalk() {
  const lines = talk.linesOf(shown).map((line) => `${talk.nameOf(line.leg)}：${line.text}`);
  const field = at("ticket").elements.content;
  field.value = [field.value.trimEnd(), ...lines].filter(Boolean).join("\n").slice(0, field.maxLength);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

// A talk that is over, or one that began in another tab. Says whether its words have come.
export async function fetchTalk(call) {
  const kept = await ask(`/calls/${encodeURIComponent(call)}/talk`);
  if (!kept.ok || talk.knows(call)) return false;
  talk.told({ call, from: 0, lines: kept.lines });
  return true;
}

at("talk-switch").addEventListener("click", turnTalk);
at("capture-switch").addEventListener("click", turnCapture);
at("use-talk").addEventListener("click", useTalk);
