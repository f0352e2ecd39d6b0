// Why this call comes to this agent, as agent_console.sight tells it: who is preferred, who not, what is needed.

import { element, t } from "./page.js";

function when(days) {
  if (days === null) return "";
  return days === 0 ? ` · ${t("今天")}` : ` · ${days} ${t("天前")}`;
}

export function showWhy(list, item) {
  const reasons = item.reasons ?? [];
  list.hidden = reasons.length === 0;
  list.replaceChildren(
    ...reasons.map((why) => element("li", {}, element("b", { textContent: `${t(why.about)} ${why.whom}` }), ` ${t(why.source)}${when(why.days)}`)));
}
