// The live queue page: who waits, who talks with whom, how each agent stands, what is wrong.

import { CHANNELS, figures, number } from "./figures.js";
import { live, stateName } from "./frame.js";
import { acts, showActs, standsAs } from "./looking.js";
import { openForce, showClosed } from "./orders.js";
import "./transfers.js";
import { needsText, ringText, stageName, whyText } from "./standing.js";
import { at, element, icon, length, put, serverTime, t } from "./page.js";
import { cells, fill, keepRows } from "./rows.js";

const names = JSON.parse(at("names").textContent);
const STAGES = { ARRIVING: "接入", NOTICE: "播放告知", ASKING: "询问诉求", CONFIRMING: "确认诉求", CLOSED: "播放告知", FILLING: "询问要素", CHECKING: "核对要素", LOOKING_UP: "查询中", MORE: "询问其他", WAITING: "等待坐席", TALKING: "通话中", RATING: "评价", LEAVING: "结束中",
  CALLING_OUT: "呼叫外线", OUTSIDE: "外线通话", MESSAGE_TONE: "留言", MESSAGE: "留言", MESSAGE_KEEPING: "留言", MESSAGE_REVIEW: "核对留言", MESSAGE_SENDING: "登记留言",
  QUEUED: "等待回拨", STARTING: "准备回拨", AGENT: "呼叫坐席", DIALLING: "正在回拨", CANCELLING: "回拨取消" };
const PICTURES = { READY: "check", PAUSED: "coffee", RINGING: "phone", TALKING: "phone", WRAP_UP: "pen", OFFLINE: "off" };
const watches = JSON.parse(at("watches").textContent);
const forces = JSON.parse(at("forces").textContent);
const nameOf = (agent) => names[agent] ?? agent;

function show() {
  if (!live.now) return;
  const { queue, calls, agents } = live.now;
  keepRows(at("queue-rows"), queue, (one) => one.call, cells(6, "num", "", "num", "ring", "why", "right num"), showWaiting);
  keepRows(at("call-rows"), calls, (one) => one.call, cells(acts ? 6 : 5, "num", "", "", "", "right num", ""), (row, one) => {
    fill(row, [one.caller || "—", t(standsAs(one) || (STAGES[one.state] ?? one.state)), one.label_name || "—", one.agent ? nameOf(one.agent) : "—"], one.joined_at ?? one.arrived_at);
    linkTalk(row.children[1], one);
    if (acts) showActs(row.children[5], one);
  });
  keepRows(at("agent-grid"), agents, (one) => one.name, seat, (row, one) => showSeat(row, one));
  showClosed(nameOf);
  at("queue-none").hidden = queue.length > 0;
  at("calls-none").hidden = calls.length > 0;
  at("agents-none").hidden = agents.length > 0;
  at("queue").querySelector("table").hidden = queue.length === 0;
  at("calls").querySelector("table").hidden = calls.length === 0;
  const count = (state) => agents.filter((agent) => agent.state === state).length;
  at("agent-counts").replaceChildren(...Object.keys(PICTURES).filter(count).map((state) => element("span", { textContent: `${stateName(state)} ${count(state)}` })));
  const ready = count("READY");
  const present = agents.length - count("OFFLINE");
  const waits = queue.filter((one) => !one.callback).length; // on the line: who is to be called back waits elsewhere
  number("f-waiting", String(waits), waits === 0 ? "green" : waits > ready ? "amber" : "");
  number("f-talking", String(calls.filter((call) => call.state === "TALKING").length), "");
  number("f-ready", String(ready), ready > 0 ? "green" : waits ? "red" : "amber");
  put(at("f-ready-of"), `${t("名 · 在岗")} ${present}`);
  alerts();
  tick();
}

// A supervisor may read along in a talk whose words are written down.
function linkTalk(cell, one) {
  if (!watches || one.state !== "TALKING" || !one.talk.legs.length || cell.firstElementChild) return;
  cell.replaceChildren(element("a", { href: `/board/calls/${encodeURIComponent(one.call)}`, title: t("查看通话文字"), textContent: cell.textContent }));
}

function showWaiting(row, one) {
  row.standing = one;
  row.dataset.callback = one.callback ?? "";
  fill(row, [one.priority > 0 ? `${one.position} ${t("优先")}` : String(one.position), null, one.caller], one.since);
  const needs = [...(one.callback ? [t("等待回拨")] : []), ...needsText(one)];
  const text = [one.label_name, ...needs].join(" ");
  if (row.dataset.text !== text) row.children[1].replaceChildren(one.label_name, ...needs.map((need) => element("span", { class: "tag violet", textContent: need })));
  row.dataset.text = text;
}

// A supervisor opens an agent by a press on their field.
function seat() {
  const load = element("span", { class: "load" }, element("span", {}), element("meter", { min: 0, max: 1 }));
  const made = element(forces ? "button" : "div", { class: "seat" }, element("b"), element("time", { class: "num" }), element("span", { class: "state" }), load);
  if (!forces) return made;
  made.type = "button";
  made.title = t("调整坐席状态");
  made.addEventListener("click", () => openForce(live.now.agents.find((agent) => agent.name === made.dataset.key), nameOf));
  return made;
}

function showSeat(row, agent) {
  const text = `${stageName(agent)}${agent.state === "PAUSED" && agent.reason ? ` · ${t(agent.reason)}` : ""}`;
  row.className = `seat ${agent.state} ${agent.stage}`;
  row.children[2].title = text;
  const load = row.children[3];
  load.hidden = !agent.load;
  put(load.firstElementChild, `${t("其他工作")} ${Math.round(agent.load * 100)}%`);
  load.lastElementChild.value = agent.load;
  load.lastElementChild.high = live.now.load_limit;
  load.lastElementChild.ariaLabel = t("其他工作占用的比例");
  row.dataset.since = agent.state === "OFFLINE" ? "" : agent.since;
  put(row.children[0], nameOf(agent.name));
  if (row.dataset.text !== text) row.children[2].replaceChildren(icon(PICTURES[agent.state] ?? "person"), text);
  row.dataset.text = text;
}

function tick() {
  if (!live.now) return;
  showClosed(nameOf);
  const now = serverTime();
  const oldest = live.now.oldest === null ? 0 : now - live.now.oldest;
  number("f-oldest", length(oldest), oldest > 60 ? "red" : oldest > 15 ? "amber" : "green");
  for (const row of document.querySelectorAll("[data-since]")) {
    const waited = row.dataset.since ? now - Number(row.dataset.since) : null;
    put(row.matches("tr") ? row.querySelector(".right") : row.children[1], length(waited));
    if (row.closest("#queue-rows")) {
      put(row.children[3], ringText(row.standing));
      put(row.children[4], whyText(row.standing, nameOf));
      row.children[4].title = row.children[4].textContent;
      if (row.dataset.callback) continue;
      row.classList.toggle("amber", waited > 15 && waited <= 60);
      row.classList.toggle("red", waited > 60);
    }
  }
}

function alerts() {
  const { speech, log, recording, agents, queue } = live.now;
  const said = [];
  if (!log.ok) said.push(["red", `${t("通话日志写不进去：通话照常，步骤暂存内存，恢复后补写。")} ${log.reason}`]);
  if (!recording.ok) said.push(["red", `${t("录音异常：通话照常，没有录音。")} ${recording.reason}`]);
  if (!speech.on) said.push(["amber", `${t("语音识别已停用：来电人可以按键或直接转人工。")} ${speech.reason}`]);
  if (queue.some((one) => !one.callback) && !agents.some((agent) => ["READY", "RINGING", "TALKING", "WRAP_UP"].includes(agent.state))) said.push(["red", t("有人排队，但没有坐席在岗。")]);
  for (const one of figures.known?.outbox ?? []) {
    if (one.failed) said.push(["red", `${t(CHANNELS[one.channel])}：${one.failed} ${t("条被拒收，请到工单页查看原因并重试。")}`]);
    else if (one.trouble) said.push(["amber", `${t(CHANNELS[one.channel])}：${one.waiting} ${t("条未送达，系统会继续尝试。")}`]);
  }
  const text = JSON.stringify(said);
  if (at("alerts").dataset.text === text) return;
  at("alerts").dataset.text = text;
  at("alerts").replaceChildren(...said.map(([kind, words]) => element("p", { class: kind }, icon(kind === "red" ? "alert" : "mute"), words)));
}

live.addEventListener("change", show);
setInterval(tick, 500);
figures.addEventListener("change", () => live.now && alerts());
