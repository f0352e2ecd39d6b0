// The call page while no record is in hand: the call that rings, with what is known of it, or why there is none.

import { live } from "./frame.js";
import { ask, at, icon, length, put, serverTime, t } from "./page.js";
import { ringOnce } from "./sound.js";
import { showHistory, showLabel } from "./who.js";
import { showWhy } from "./why.js";

const IDLE = {
  READY: ["check", "就绪，等待来电", "来电会出现在这里，同时您的话机会响。"],
  PAUSED: ["coffee", "您正在示忙", "按上方“就绪”后开始接听。"],
  OFFLINE: ["off", "话机没有连接", "请把您的话机注册到热线；注册后按“就绪”。"],
  "": ["off", "账号没有登记为坐席", "请联系管理员核对坐席账号。"],
};

let rung = ""; // the call whose history was asked for

export function showIdle(state) {
  const [picture, title, text] = IDLE[state] ?? IDLE.READY;
  at("idle").dataset.state = state;
  at("idle-icon").replaceChildren(icon(picture));
  put(at("idle-title"), t(title));
  put(at("idle-text"), t(text));
  at("idle-phone").hidden = state !== "OFFLINE";
  at("idle-queue").hidden = live.now.waiting === 0;
  put(at("idle-queue"), `${t("正在排队的来电")} ${live.now.waiting}`);
}

export function showRinging(call) {
  put(at("ring-kind"), t(live.now.me.asked ? "同事向您咨询" : "来电振铃"));
  put(at("ring-number"), call.caller || t("未显示号码"));
  showLabel(at("ring-label"), call);
  showWhy(at("ring-why"), call);
  put(at("ring-transcript"), call.transcript);
  put(at("ring-phone"), document.body.dataset.sip);
  tick();
  if (at("sound").checked) ringOnce();
  if (rung !== call.call) showKnown(call.call);
}

async function showKnown(call) {
  rung = call;
  showHistory(null, at("ring-tickets"), at("ring-earlier"));
  const known = await ask(`/calls/${encodeURIComponent(call)}/who`);
  if (rung === call && known.ok) showHistory(known, at("ring-tickets"), at("ring-earlier"));
}

// Nothing rings.
export function quiet() {
  rung = "";
}

function tick() {
  if (live.now?.me?.state === "RINGING") put(at("ring-clock"), length(serverTime() - live.now.me.since));
}

setInterval(tick, 500);
