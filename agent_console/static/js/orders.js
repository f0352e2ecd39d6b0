// What a supervisor orders: an agent's state and load, closing the hotline. Says what follows before it is confirmed.

import { live, stands } from "./frame.js";
import { clear, mark } from "./forms.js";
import { ask, at, complain, hidden, length, note, put, serverTime, t } from "./page.js";
import { stageName } from "./standing.js";

const BREAKS = "通话会中断：来电人听到线路中断的提示，回到队首等待下一位坐席。";
const BACK = "正在呼叫该坐席的来电回到队首，由下一位坐席接听。";
const NOT_AGAIN = "该坐席不会再接到这通来电。";
const NO_MORE = "此后不再派来电，直到坐席自己示闲。";
const WRITING = "话后处理随即结束；未保存的话务工单留在该坐席的待填写列表。";
const FREE = "手上没有来电，不影响任何来电人。";
const NO_PHONE = "话机没有注册：注册后才会就绪。";

let forced = null; // the agent as the dialog shows them: what is confirmed is confirmed for that state

export function effect(agent, state) {
  const said = [];
  if (agent.stage === "TALKING") said.push(BREAKS);
  else if (["RESERVED", "RINGING"].includes(agent.stage)) said.push(BACK);
  else if (agent.stage === "WRAP_UP") said.push(WRITING);
  else said.push(FREE);
  if (state === "ready") said.push(...(agent.phone ? [] : [NO_PHONE]), ...(["TALKING", "RESERVED", "RINGING"].includes(agent.stage) ? [NOT_AGAIN] : []));
  else if (state !== "wrap-up") said.push(NO_MORE);
  return said.map(t).join("");
}

const form = () => at("forcing").querySelector("form");
const chosen = () => form().elements.state.value;

export function openForce(agent, nameOf) {
  forced = agent;
  clear(form());
  const call = live.now.calls.find((one) => one.call === agent.call);
  const about = call ? ` · ${call.caller ? hiddenOnce(call.caller) : t("未显示号码")} ${call.label_name}` : "";
  put(at("forcing-title"), `${t("调整坐席状态")} · ${nameOf(agent.name)}`);
  put(at("forcing-now"), `${t("现在")}：${stageName(agent)}${agent.stage === "PAUSED" ? ` · ${t(agent.reason)}` : ""} ${length(serverTime() - agent.since)}${about}`);
  for (const radio of form().elements.state) {
    radio.checked = false;
    radio.disabled = radio.value === "wrap-up" && agent.stage !== "TALKING";
  }
  form().elements.reason.value = "";
  form().elements.load.value = String([0, 0.25, 0.5, 0.75, 1].reduce((best, share) => (Math.abs(share - agent.load) < Math.abs(best - agent.load) ? share : best), 0));
  say();
  at("forcing").showModal();
}

const hiddenOnce = (number) => (number.includes("*") ? number : hidden(number));

function say() {
  const state = chosen();
  at("forcing-effect").hidden = at("forcing-reason").hidden = !state;
  at("force-confirm").disabled = !state;
  const hurts = ["TALKING", "RESERVED", "RINGING"].includes(forced.stage);
  at("forcing-effect").className = `notice ${hurts ? "red" : "plain"}`;
  put(at("forcing-effect"), state ? effect(forced, state) : "");
  const limit = live.now.load_limit;
  const load = Number(form().elements.load.value);
  put(at("load-effect"), `${t("手上的来电不受影响；")}${load >= limit ? t("达到上限，不再派来电。") : t("仍会派来电，负荷小的坐席优先。")} (${t("上限")} ${Math.round(limit * 100)}%)`);
}

async function send(address, body, dialog, done) {
  const answer = await ask(address, body);
  if (answer.ok) {
    dialog.close();
    note(t(done), "green");
    if (dialog === at("closing")) at("main").scrollIntoView();
  } else if (!mark(dialog.querySelector("form"), answer.fields)) complain(answer);
}

if (at("forcing")) {
  form().addEventListener("change", say);
  // Return in a field confirms nothing: a state is confirmed by its button.
  form().addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input, select")) event.preventDefault();
  });
  at("force-confirm").addEventListener("click", () => {
    const body = { state: chosen(), reason: form().elements.reason.value, stage: forced.stage, call: forced.call ?? "" };
    send(`/board/agents/${encodeURIComponent(forced.name)}/force`, body, at("forcing"), "坐席状态已调整");
  });
  at("load-confirm").addEventListener("click", () =>
    send(`/board/agents/${encodeURIComponent(forced.name)}/load`, { load: form().elements.load.value }, at("forcing"), "坐席负荷已设置"));
}

if (at("close")) {
  const closing = at("closing").querySelector("form");
  at("close").addEventListener("click", () => {
    clear(closing);
    at("closing").showModal();
  });
  closing.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  });
  at("close-confirm").addEventListener("click", () =>
    send("/board/closure", { code: closing.elements.code.value, until: closing.elements.until.value }, at("closing"), "热线已关闭"));
}

at("lift")?.addEventListener("click", async () => {
  const answer = await ask("/board/closure/lift", {});
  if (answer.ok) note(t("热线已恢复接听"), "green");
  else complain(answer);
});

const clock = (epoch) => new Date(epoch * 1000).toLocaleString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });

export function showClosed(nameOf) {
  const closure = live.now.closure;
  const closed = stands(closure);
  at("closed").hidden = !closed;
  if (at("close")) at("close").hidden = closed;
  if (!closed) return;
  put(at("closed-title"), `${t("热线已紧急关闭")} · ${closure.name}`);
  const until = closure.until === null ? t("到手动恢复为止") : clock(closure.until);
  put(at("closed-text"), `${nameOf(closure.by)} · ${clock(closure.since)} – ${until} · ${closure.message}`);
}
