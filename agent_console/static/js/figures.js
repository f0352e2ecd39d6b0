// What the board shows of the last hours: the day's shares, the way to other systems, the hours as a drawing.

import { ask, at, element, icon, put, t } from "./page.js";
import { keepRows } from "./rows.js";

export const CHANNELS = { online: "网上平台", window: "窗口系统", 12345: "12345" };
export const figures = new EventTarget(); // `known`: the last answer; `change` follows each one

export function number(id, text, colour) {
  put(at(id).querySelector("b"), text);
  at(id).classList.remove("green", "amber", "red");
  if (colour) at(id).classList.add(colour);
}

function channel() {
  return element("div", { class: "seat" }, element("b"), element("time", { class: "num" }), element("span", { class: "state" }));
}

async function measure() {
  if (document.hidden) return;
  const answer = await ask("/board/figures");
  if (!answer.ok) return;
  figures.known = answer;
  const { connect, level, offered } = answer.day;
  const share = (value) => (value === null ? "—" : `${(value * 100).toFixed(value === 1 ? 0 : 1)}%`);
  number("f-connect", share(connect), connect === null ? "" : connect >= 0.95 ? "green" : connect >= 0.9 ? "amber" : "red");
  number("f-level", share(level), level === null ? "" : level >= 0.9 ? "green" : level >= 0.8 ? "amber" : "red");
  put(at("f-level-of"), `${t("近 24 小时")} · ${offered} ${t("个求助人工")}`);
  keepRows(at("channel-grid"), answer.outbox, (one) => one.channel, channel, (row, one) => {
    row.className = `seat ${one.trouble ? "trouble" : one.waiting ? "" : "fine"}`;
    put(row.children[0], t(CHANNELS[one.channel]));
    const text = one.failed ? `${t("被拒收")} ${one.failed} ${t("条")}` : one.waiting ? `${t("等待送达")} ${one.waiting} ${t("条")}` : t("全部送达");
    if (row.dataset.text !== text) row.children[2].replaceChildren(icon(one.trouble ? "alert" : one.waiting ? "clock" : "check"), text);
    row.dataset.text = text;
    row.dataset.since = one.oldest ?? "";
  });
  figures.dispatchEvent(new Event("change"));
}

async function draw() {
  if (document.hidden) return;
  const answer = await fetch("/board/hours", { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  if (!at("hours").matches(":hover")) at("hours").replaceChildren(...drawn.childNodes);
}

setInterval(measure, 15000);
setInterval(draw, 60000);
document.addEventListener("visibilitychange", measure);
measure();
