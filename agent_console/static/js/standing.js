// Why a call waits and who may take it, and how an agent stands, in words.

import { stateName } from "./frame.js";
import { length, serverTime, t } from "./page.js";

const RINGS = { specialist: "专长", neighbour: "相近专长", generalist: "全科", any_region: "外地", overflow: "任何人" };
const NEEDS = { "lang.": "语言", "group.": "特殊群体", "region.": "地区" };
const REASONS = {
  AHEAD: "轮到前面的来电", LOADED: "其他工作忙", HELD: "留给首选坐席", NOT_YET: "未到放宽时间", NEVER: "不属此类", EXCLUDED: "不由其接听",
  RESERVED: "已分配", RINGING: "振铃", TALKING: "通话中", WRAP_UP: "话后处理", PAUSED: "示忙中", LOST: "话机中断", OFFLINE: "未连接话机",
};
const STAGES = { RESERVED: "已分配，待振铃", LOST: "话机中断" };

export const stageName = (agent) => (STAGES[agent.stage] ? t(STAGES[agent.stage]) : stateName(agent.state));

// The last ring that is open, and the next one with the time until it opens: 全科 → 任何人 0:12.
export function ringText(call) {
  const now = serverTime();
  const rings = Object.entries(call.opens).filter(([, at]) => at !== null);
  const open = rings.filter(([, at]) => at <= now).at(-1);
  const next = rings.find(([, at]) => at > now);
  const from = open ? t(RINGS[open[0]]) : "—";
  return next ? `${from} → ${t(RINGS[next[0]])} ${length(next[1] - now + 1)}` : from;
}

export function needsText(call) {
  return call.wanted.map(([code, level]) => {
    const kind = Object.keys(NEEDS).find((prefix) => code.startsWith(prefix));
    return `${kind ? `${t(NEEDS[kind])} ${code.slice(kind.length)}` : code}${level > 1 ? ` ≥${level}` : ""}`;
  });
}

export function whyText(call, nameOf) {
  const held = call.preferred && call.preferred_until > serverTime();
  const kept = held ? `${t("首选")} ${nameOf(call.preferred)} ${length(call.preferred_until - serverTime() + 1)} · ` : "";
  const reasons = Object.keys(REASONS).filter((code) => call.why[code] && (code !== "OFFLINE" || !at_work(call.why)));
  if (!reasons.length) return kept + t("没有坐席");
  return kept + reasons.map((code) => `${t(REASONS[code])} ${call.why[code]}`).join(" · ");
}

const at_work = (why) => Object.keys(why).some((code) => !["OFFLINE", "LOST", "PAUSED"].includes(code));
