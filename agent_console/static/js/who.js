// The columns about the caller: facts of the call, earlier calls, tickets.

import { at, element, length, put, serverTime, t } from "./page.js";

const ENTERED = { speech: "语音", key: "按键", none: "未说明" };
const wallClock = (epoch) => new Date(epoch * 1000).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });

// A label in its colour: red where somebody is in danger.
export function showLabel(tag, item) {
  put(tag, item.label_name || t("未说明"));
  const danger = /^(emergency|crisis)\b/.test(item.label);
  tag.classList.toggle("red", danger);
  tag.classList.toggle("accent", !danger);
}

export function showMatter(item) {
  const named = Boolean(item.label);
  showLabel(at("label"), item);
  at("confidence").hidden = at("confidence-number").hidden = !named;
  at("confidence").value = item.confidence ?? 0;
  put(at("confidence-number"), named ? `${t("把握")} ${Math.round((item.confidence ?? 0) * 100)}%` : "");
  put(at("transcript"), item.transcript || t("来电人没有说出诉求，请直接询问。"));
  at("transcript").classList.toggle("none", !item.transcript);
  for (const phrase of at("phrases").querySelectorAll("[data-label]")) phrase.classList.toggle("fits", phrase.dataset.label === item.label);
}

export function showFacts(item) {
  const rows = [[t("到达"), item.arrived_at ? wallClock(item.arrived_at) : "—"], [t("方式"), t(ENTERED[item.entered_by] ?? "未说明")]];
  if (item.queued_at) rows.push([t("排队"), length((item.joined_at ?? item.ended_at ?? serverTime()) - item.queued_at)]);
  if (item.joined_at) rows.push([t("接通"), wallClock(item.joined_at)]);
  at("call-facts").replaceChildren(...rows.flatMap(([name, value]) => [element("dt", { textContent: name }), element("dd", { class: "num", textContent: value })]));
}

// `known` is the answer of /calls/…/who, null while it is being asked for; the lists are shown while ringing and after.
export function showHistory(known, tickets, earlier) {
  tickets.dataset.none = known ? t("此号码没有工单。") : t("正在查询…");
  tickets.replaceChildren(...(known?.tickets ?? []).map(ticketLine));
  earlier.dataset.none = known ? t("此号码第一次来电。") : t("正在查询…");
  earlier.replaceChildren(
    ...(known?.records ?? []).map((record) =>
      element("li", {},
        element("span", { class: "top" }, element("span", {}, element("span", { class: "when num", textContent: record.at }), record.category || t("未说明")), element("span", { class: "tag grey", textContent: t(record.outcome) })),
        element("span", { class: "text", textContent: record.matter, title: record.answer }))));
}

export function ticketLine(ticket) {
  const link = element("a", { href: `/tickets/${encodeURIComponent(ticket.number)}`, target: "_blank", class: "num", textContent: ticket.number });
  return element("li", {},
    element("span", { class: "top" }, link, element("span", { class: `tag ${ticket.over ? "grey" : "amber"}`, textContent: t(ticket.state_name) })),
    element("span", { class: "text", textContent: ticket.referred ? `${t("12345转来")} · ${ticket.title}` : ticket.title }));
}
