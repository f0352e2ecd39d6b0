// The keys to lines outside: 12345 with the ticket, the emergency lines, what becomes of them; and the house's alarms.

import { ask, at, complain, note, put, t } from "./page.js";

const OUTCOMES = { open: "正在呼叫", answered: "已接通", busy: "占线", no_answer: "无人接听", refused: "拒接", failed: "未接通", cancelled: "已取消", over: "已结束" };
const KEYED = ["talk", "held", "conference"]; // states in which nobody else is called or asked aside
const HEARD_SECONDS = 20; // so long the end of a line is still shown

export function showOutside(now, seconds) {
  showAlarms(now.alarms ?? []);
  if (!at("to-12345") && !at("emergency")) return;
  const talking = now.me?.state === "TALKING";
  const last = (now.call?.outside ?? []).filter((each) => each.direction === "out" && each.kind !== "number").at(-1);
  const up = Boolean(last) && last.ended_at === null;
  if (at("to-12345")) at("to-12345").hidden = !talking || up || !KEYED.includes(now.call?.control?.state);
  if (at("emergency")) at("emergency").hidden = !talking; // danger waits for nothing else
  const shown = talking && last && (up || seconds - last.ended_at < HEARD_SECONDS);
  at("outside").hidden = !shown;
  if (!shown) return;
  const outcome = last.outcome === "answered" && !up ? "over" : last.outcome;
  at("outside").className = `tag ${outcome === "answered" ? "green" : up ? "amber" : "red"}`;
  put(at("outside-word"), `${last.number} ${t(OUTCOMES[outcome])}`);
  at("outside-drop").hidden = !up;
}

function showAlarms(alarms) {
  const lamp = at("alarm-lamp");
  lamp.hidden = alarms.length === 0;
  if (!alarms.length) return;
  const said = (alarm) => [alarm.label_name, alarm.line, alarm.outcome && t(OUTCOMES[alarm.outcome])].filter(Boolean).join(" ");
  put(lamp.querySelector("span"), alarms.length > 1 ? `${t("险情来电")} ${alarms.length}` : `${t("险情来电")} ${said(alarms[0])}`);
  lamp.title = alarms.map(said).join("\n");
}

export function wireOutside(callOf) {
  at("to-12345")?.addEventListener("click", () => to12345(callOf()));
  at("emergency")?.addEventListener("click", (event) => {
    const number = event.target.closest("[data-number]")?.dataset.number;
    if (!number) return;
    at("emergency").open = false;
    press(`/calls/${encodeURIComponent(callOf())}/emergency`, { number });
  });
  at("outside-drop")?.addEventListener("click", () => press(`/calls/${encodeURIComponent(callOf())}/line/drop`, {}));
}

async function press(address, fields) {
  const answer = await ask(address, fields);
  if (!answer.ok) complain(answer);
  return answer;
}

// What the agent has written about this call so far goes along; on other pages the caller's own words do.
async function to12345(call) {
  const record = at("record");
  const said = record ? [record.elements.matter.value, at("ticket").elements.content.value].filter(Boolean).join("\n") : "";
  const fields = { summary: said, category: record?.elements.category.value ?? "" };
  const answer = await press(`/calls/${encodeURIComponent(call)}/to_12345`, fields);
  if (answer.ok) note(`${t("正在转12345，工单")} ${answer.ticket.number}`, "green");
}
