// The call page: which call is in hand, ringing, the record that stays until it is saved, the ticket.

import { showBar } from "./callbar.js";
import * as drafts from "./drafts.js";
import * as forms from "./forms.js";
import { live, showUnwritten } from "./frame.js";
import { fetchTalk, showCapture, showTalk } from "./intalk.js";
import { ask, at, complain, element, hidden, note, put, t } from "./page.js";
import { quiet, showIdle, showRinging } from "./ringing.js";
import * as talk from "./talk.js";
import { showFacts, showHistory, showMatter, ticketLine } from "./who.js";
import { showWhy } from "./why.js";

const record = at("record");
const ticket = at("ticket");
const work = new Map(); // call id → what is known of it, while its record is not saved
const saved = new Set(); // calls done with here, though the stream may name them a moment longer
let chosen = new URLSearchParams(location.search).get("call") ?? "";
let shown = "";
let state = null;

async function changed() {
  const { me, call } = live.now;
  const before = state;
  state = me?.state ?? "";
  if (call && ["TALKING", "WRAP_UP"].includes(state) && !saved.has(call.call)) {
    const fresh = !work.has(call.call);
    work.set(call.call, { ...work.get(call.call), ...call });
    if (fresh || (state === "TALKING" && before !== state) || !work.has(chosen)) chosen = call.call;
  }
  if (before !== state) await refresh();
  show();
}

// The database knows what is still to be written, in another tab or before a reload too.
async function refresh() {
  const list = await showUnwritten();
  const current = live.now?.call?.call;
  for (const id of work.keys()) if (id !== current && !list.some((item) => item.call === id)) work.delete(id);
  for (const item of list) if (item.call !== current && !saved.has(item.call)) work.set(item.call, { ...work.get(item.call), ...item });
  if (!work.has(chosen)) chosen = work.has(current) ? current : ([...work.keys()][0] ?? "");
}

function show() {
  const ringing = state === "RINGING" ? live.now.call : null;
  at("ringing").hidden = !ringing;
  document.title = ringing ? `☎ ${t("来电")} · 12348` : `${t("接听")} · 12348`;
  if (ringing) showRinging(ringing);
  else quiet();
  const item = ringing ? null : work.get(chosen);
  at("columns").hidden = !item;
  at("idle").hidden = Boolean(item || ringing);
  showBar(item);
  if (item) showItem(item);
  else shown = "";
  if (!item && !ringing) showIdle(state);
  const chips = [...work.values()].filter((other) => !(ringing && other.call === ringing.call));
  at("work").hidden = chips.length < (ringing ? 1 : 2);
  at("work-list").replaceChildren(...chips.map(chip));
}

function chip(item) {
  const made = element("button", { type: "button", class: "chip", textContent: `${hidden(item.caller)} ${item.label_name || t("未说明")}` });
  made.setAttribute("aria-pressed", String(item.call === chosen));
  made.addEventListener("click", () => { chosen = item.call; show(); });
  return made;
}

function showItem(item) {
  showMatter(item);
  showFacts(item);
  showWhy(at("call-why"), item);
  put(at("caller"), item.caller || t("未显示号码"));
  const suggestion = item.label && record.elements.category.querySelector(`option[value="${CSS.escape(item.label)}"]`);
  at("suggest").hidden = !suggestion || record.elements.category.value === item.label;
  at("use-words").hidden = !item.transcript || record.elements.matter.value !== "";
  showTalk(item);
  showCapture(item);
  put(at("suggest"), suggestion ? `${t("采用判定：")}${item.label_name}` : "");
  if (shown !== item.call) open(item);
}

async function open(item) {
  shown = item.call;
  for (const form of [record, ticket]) {
    forms.clear(form);
    form.reset();
    drafts.fill(form, drafts.kept(form, item.call) ?? {});
  }
  at("call-tickets").replaceChildren();
  put(at("record-state"), "");
  put(at("draft-note"), drafts.kept(record, item.call) ? t("已恢复未保存的输入") : "");
  showHistory(null, at("open-tickets"), at("earlier"));
  if (!talk.knows(item.call)) fetchTalk(item.call).then((come) => come && shown === item.call && work.has(item.call) && showTalk(work.get(item.call)));
  const known = await ask(`/calls/${encodeURIComponent(item.call)}/who`);
  if (shown !== item.call) return;
  if (!known.ok) return complain(known);
  showHistory(known, at("open-tickets"), at("earlier"));
  if (known.completed && !drafts.kept(record, item.call)) drafts.fill(record, known.kept);
  sayKept(known.completed);
  showItem(item);
}

function sayKept(completed) {
  put(at("record-state"), completed ? t("已保存") : "");
  at("record-state").classList.toggle("saved", completed);
}

function typed(event) {
  if (!shown) return;
  forms.unmark(event);
  const kept = drafts.keep(event.currentTarget, shown);
  if (event.currentTarget === record) put(at("draft-note"), kept ? t("草稿已存在本页") : "");
  if (work.has(shown)) showItem(work.get(shown));
}

async function save(event) {
  event.preventDefault();
  const call = shown;
  if (!call || at("save").disabled) return;
  at("save").disabled = true;
  const answer = await ask(`/calls/${encodeURIComponent(call)}/record`, new FormData(record));
  at("save").disabled = false;
  if (!answer.ok) {
    if (!forms.mark(record, answer.fields)) complain(answer);
    return;
  }
  drafts.drop(record, call);
  put(at("draft-note"), "");
  forms.clear(record);
  note(t("话务工单已保存"), "green");
  if (state === "TALKING" && live.now.call?.call === call) return sayKept(true);
  drafts.drop(ticket, call);
  talk.forget(call);
  work.delete(call);
  saved.add(call);
  chosen = "";
  history.replaceState(null, "", "/");
  await refresh();
  show();
}

async function openTicket(event) {
  event.preventDefault();
  const call = shown;
  if (!call || at("open-ticket").disabled) return;
  at("open-ticket").disabled = true;
  const body = new FormData(ticket);
  body.set("category", record.elements.category.value);
  const answer = await ask(`/calls/${encodeURIComponent(call)}/ticket`, body);
  at("open-ticket").disabled = false;
  if (!answer.ok) {
    if (!forms.mark(ticket, answer.fields)) complain(answer);
    return;
  }
  drafts.drop(ticket, call);
  forms.clear(ticket);
  note(`${t("工单已开立")} ${answer.ticket.number}`, "green");
  if (shown !== call) return;
  ticket.reset();
  at("call-tickets").append(ticketLine(answer.ticket));
}

live.addEventListener("change", changed);
live.addEventListener("said", (event) => {
  talk.told(event.detail);
  if (work.has(shown)) showTalk(work.get(shown));
});
for (const form of [record, ticket]) form.addEventListener("input", typed);
record.addEventListener("submit", save);
ticket.addEventListener("submit", openTicket);
record.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.ctrlKey) save(event); });
function take(button, field, value) {
  at(button).addEventListener("click", () => {
    record.elements[field].value = value(work.get(shown)) ?? "";
    record.elements[field].dispatchEvent(new Event("input", { bubbles: true }));
    record.elements[field].focus();
  });
}
take("suggest", "category", (item) => item?.label);
take("use-words", "matter", (item) => item?.transcript.slice(0, 200));
at("ticket-box").open = window.matchMedia("(min-width: 1501px)").matches;
document.addEventListener("field", (event) => forms.mark(record, { [event.detail]: t("请先填写并保存") }));
