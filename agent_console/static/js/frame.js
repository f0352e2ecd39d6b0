// The bar: the agent's state and buttons, the call at hand, the house. On every page.

import { Live } from "./live.js";
import { showOutside, wireOutside } from "./outside.js";
import { ask, at, complain, hidden, length, note, put, serverTime, t } from "./page.js";

const STATES = { OFFLINE: "未连接话机", PAUSED: "示忙中", READY: "就绪", RINGING: "振铃", TALKING: "通话中", WRAP_UP: "话后处理" };
export const stateName = (state) => t(STATES[state] ?? state);

const address = document.body.dataset.live;
const onCallPage = Boolean(at("record"));
export const live = address && document.body.dataset.name ? new Live(address, onCallPage) : null;

function showBar() {
  const { me, call, waiting, oldest, speech, log } = live.now;
  put(at("waiting"), String(waiting));
  at("waiting").closest("a").classList.toggle("some", waiting > 0);
  at("speech-lamp").hidden = speech.on;
  at("speech-lamp").title = `${t("语音识别已停用")} ${speech.reason}`;
  at("recording-lamp").hidden = live.now.recording.ok;
  at("recording-lamp").title = `${t("录音异常：通话照常，没有录音。")} ${live.now.recording.reason}`;
  at("log-lamp").hidden = log.ok;
  at("log-lamp").title = `${t("通话日志写入异常")} ${log.reason}`;
  showClosure(live.now.closure);
  if (!at("desk")) return;
  at("desk").dataset.state = me?.state ?? "";
  put(at("state-word"), me ? stateName(me.state) : t("未登记坐席"));
  put(at("reason"), me?.state === "PAUSED" ? t(me.reason) : "");
  at("ready").disabled = !me || !["PAUSED", "WRAP_UP", "OFFLINE"].includes(me.state);
  const share = [...at("load").querySelectorAll("[data-load]")].find((choice) => me && Number(choice.dataset.share) === me.load);
  put(at("load-word"), me?.load ? `${share?.textContent ?? t("其他工作")} ${Math.round(me.load * 100)}%` : t("其他工作"));
  at("load").firstElementChild.classList.toggle("laden", Boolean(me?.load));
  for (const choice of at("load").querySelectorAll("[data-load]")) choice.setAttribute("aria-pressed", String(choice === share));
  at("done").hidden = me?.state !== "WRAP_UP";
  at("phone").hidden = !me;
  at("phone").classList.toggle("down", Boolean(me) && !me.phone);
  put(at("phone"), me ? `${t("话机")} ${document.body.dataset.sip} ${me.phone ? t("已注册") : t("未注册")}` : "");
  at("line").hidden = !call || me.state === "WRAP_UP";
  put(at("line-number"), call ? hidden(call.caller) : "");
  tick();
}

// The stream says nothing when the closure's time is over: the page's clock does.
export const stands = (closure) => Boolean(closure) && (closure.until === null || serverTime() < closure.until);

function showClosure(closure) {
  const closed = stands(closure);
  at("closure-lamp").hidden = !closed;
  if (closed) at("closure-lamp").title = closure.message;
}

function tick() {
  if (!live?.now) return;
  showClosure(live.now.closure);
  showOutside(live.now, serverTime());
  const { me, call, oldest } = live.now;
  const waited = oldest === null ? null : serverTime() - oldest;
  put(at("oldest"), length(waited));
  at("waiting").closest("a").classList.toggle("long", waited !== null && waited > 60);
  if (!at("desk")) return;
  put(at("state-clock"), me ? length(serverTime() - me.since) : "");
  put(at("line-clock"), call ? length(serverTime() - (call.joined_at ?? call.arrived_at)) : "");
}

async function press(address, body = new FormData()) {
  const answer = await ask(address, body);
  if (answer.ok) {
    if (answer.warning) note(answer.warning, "amber");
    return;
  }
  complain(answer);
  if (answer.field) document.dispatchEvent(new CustomEvent("field", { detail: answer.field }));
}

if (live) {
  live.addEventListener("change", showBar);
  setInterval(tick, 500);
}

if (at("desk")) {
  at("ready").addEventListener("click", () => press("/desk/ready"));
  at("done").addEventListener("click", () => press("/desk/done"));
  at("pause").addEventListener("click", (event) => {
    const reason = event.target.closest("[data-reason]")?.dataset.reason;
    if (!reason) return;
    at("pause").open = false;
    const body = new FormData();
    body.set("reason", reason);
    press("/desk/pause", body);
  });
  at("load").addEventListener("click", (event) => {
    const load = event.target.closest("[data-load]")?.dataset.load;
    if (!load) return;
    at("load").open = false;
    press("/desk/load", new URLSearchParams({ load }));
  });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.code === "KeyR" && !at("ready").disabled) at("ready").click();
    else if (event.code === "KeyP") at("pause").open = !at("pause").open;
    else if (event.code === "KeyW" && !at("done").hidden) at("done").click();
    else if (event.code === "KeyT" && at("to-12345")?.hidden === false) at("to-12345").click();
    else if (event.code === "KeyE" && at("emergency")?.hidden === false) at("emergency").open = !at("emergency").open;
    else return;
    event.preventDefault();
  });
  wireOutside(() => live.now?.call?.call ?? "");
  showUnwritten();
}

export async function showUnwritten() {
  const answer = await ask("/calls/work");
  if (!answer.ok) return [];
  put(at("unwritten"), String(answer.work.length));
  at("unwritten").hidden = answer.work.length === 0;
  return answer.work;
}

// Menus close when one points elsewhere or presses Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
});

// A number is shown in full on request, and the request is audited.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) return;
  const answer = await ask(button.dataset.reveal, new FormData());
  if (!answer.ok) return complain(answer);
  put(at(button.dataset.into), answer.number);
  button.remove();
});

// The words of a talk with the numbers in them: audited like a number.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-words]");
  if (!button) return;
  const answer = await ask(button.dataset.words, new FormData());
  if (!answer.ok) return complain(answer);
  const rows = at("said").querySelectorAll(".text");
  answer.lines.forEach((line, place) => put(rows[place], line.text));
  button.remove();
});

at("all-steps")?.addEventListener("change", (event) => at("steps")?.classList.toggle("all", event.target.checked));
// Desks are shared: what was typed goes with the person who typed it, and not unasked.
at("sign-out")?.closest("form").addEventListener("submit", (event) => {
  const drafts = Object.keys(sessionStorage).some((key) => key.startsWith("draft:"));
  if (drafts && !window.confirm(t("还有未保存的输入，退出后将清除。确定退出吗？"))) event.preventDefault();
  else sessionStorage.clear();
});
