// The transcript of a talk, live: lines in the order they were said; it scrolls along until somebody scrolls up.

import { at, element, icon, put, t } from "./page.js";

const NEAR = 24; // pixels from the end that still count as the end
const NAMES = { caller: "来电人" };
const TROUBLE = {
  off: "语音识别不可用，本次通话没有实时文字。",
  failed: "语音识别出错，之后的话没有文字。",
  lagging: "机器繁忙，有些话没有文字。",
};
const wallClock = (epoch) => new Date(epoch * 1000).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });

const box = at("talk-lines");
const newer = at("talk-newer");
const calls = new Map(); // call id → its lines, as they came
let shown = "";
let along = true; // the newest line is in sight, and the next one is to be

export const nameOf = (leg) => NAMES[leg] ?? "坐席";

// Lines `from` on of the call; a stream that was reconnected tells them all again.
export function told({ call, from, lines }) {
  const kept = calls.get(call) ?? [];
  if (from > kept.length) return;
  calls.set(call, [...kept.slice(0, from), ...lines]);
  if (call === shown) draw();
}

export function linesOf(call) {
  return [...(calls.get(call) ?? [])].sort((one, other) => one.at - other.at);
}

export function knows(call) {
  return calls.has(call);
}

export function forget(call) {
  calls.delete(call);
}

// Show the words of `call`; `state` is its `talk` in the live stream, null when the talk is over.
export function show(call, state) {
  if (shown !== call) {
    shown = call;
    box.replaceChildren();
    newer.hidden = true;
    along = true;
    draw();
  }
  const lines = calls.get(call) ?? [];
  const failed = state?.failed ?? [];
  const why = state?.off_by ? t("本次通话的实时文字已关闭。") : [...new Set(failed.map((one) => one.kind))].map((kind) => t(TROUBLE[kind] ?? TROUBLE.failed)).join(" ");
  const reason = failed.find((one) => one.kind === "off")?.reason ?? "";
  const told = why || (state?.legs.length ? t("正在记录通话文字，识别可能有误。") : "");
  put(at("talk-why"), told);
  at("talk-why").title = reason;
  at("talk").hidden = !lines.length && !told;
}

function draw() {
  const lines = linesOf(shown);
  const rows = [...box.children];
  // What is there stays as it is, so that a reader's place and selection stay and only what is new is announced.
  lines.forEach((line, place) => {
    const key = `${line.leg} ${line.at}`;
    const row = rows[place];
    if (row?.dataset.key === key) return;
    const made = rowOf(line, key);
    box.insertBefore(made, row ?? null);
    rows.splice(place, 0, made);
  });
  for (const row of rows.slice(lines.length)) row.remove();
  if (lines.length) at("talk").hidden = false;
  if (along) box.scrollTop = box.scrollHeight;
  else newer.hidden = false;
}

function rowOf(line, key) {
  const made = element("li", { class: line.leg === "caller" ? "caller-said" : "agent-said" },
    element("span", { class: "by" }, t(nameOf(line.leg)), " ", element("time", { class: "num", textContent: wallClock(line.at) })),
    element("span", { class: "text", textContent: line.text }));
  made.dataset.key = key;
  return made;
}

newer.prepend(icon("down"));
newer.addEventListener("click", () => {
  box.scrollTop = box.scrollHeight;
  newer.hidden = true;
});
box.addEventListener("scroll", () => {
  along = box.scrollHeight - box.scrollTop - box.clientHeight <= NEAR;
  if (along) newer.hidden = true;
});
new ResizeObserver(() => { if (along) box.scrollTop = box.scrollHeight; }).observe(box);
