// The supervisor's look at one talk: the same lines, numbers masked, until the call is over.

import { live } from "./frame.js";
import { at, put, t } from "./page.js";
import * as talk from "./talk.js";

const call = at("talk").dataset.call;

live.addEventListener("said", (event) => talk.told(event.detail));
live.addEventListener("change", () => {
  const found = live.now.call;
  put(at("watch-caller"), found?.caller || "—");
  put(at("watch-label"), found ? found.label_name || t("未说明") : t("通话已结束"));
  talk.show(call, found?.talk ?? null);
});
