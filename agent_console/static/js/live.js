// One stream of server-sent events. Says within three seconds when the line is lost, and when it is back.

import { at, lost, setServerTime, t } from "./page.js";

// A beat comes every second: two missed are a lost line, and so is one that broke and is not back in a second.
const LOST_AFTER_MS = 2500;
const BROKEN_FOR_MS = 1000;

export class Live extends EventTarget {
  #source = null;
  #heard = 0;
  #ended = false;
  now = null;

  constructor(address, whileHidden) {
    super();
    this.address = address;
    this.#open();
    setInterval(() => this.#look(), 200);
    window.addEventListener("offline", () => this.#say(true));
    // Browsers allow six connections to a host: a page nobody looks at gives its own back.
    if (!whileHidden) document.addEventListener("visibilitychange", () => (document.hidden ? this.#close() : this.#open()));
  }

  #open() {
    if (this.#source || this.#ended) return;
    this.#heard = Date.now();
    const source = (this.#source = new EventSource(this.address));
    source.addEventListener("snapshot", (event) => {
      const data = JSON.parse(event.data);
      this.#alive(data.at);
      this.now = data.now;
      this.dispatchEvent(new Event("change"));
    });
    source.addEventListener("said", (event) => this.dispatchEvent(new CustomEvent("said", { detail: JSON.parse(event.data) })));
    source.addEventListener("beat", (event) => this.#alive(Number(event.data)));
    source.addEventListener("ended", () => this.#end());
    source.addEventListener("error", () => {
      this.#heard = Math.min(this.#heard, Date.now() - LOST_AFTER_MS + BROKEN_FOR_MS);
      // A refused stream (signed out, or the server is starting) is not tried again by the browser itself.
      if (source.readyState === EventSource.CLOSED) this.#again();
    });
  }

  #close() {
    this.#source?.close();
    this.#source = null;
  }

  #again() {
    this.#close();
    setTimeout(async () => {
      const answer = await fetch("/session", { headers: { Accept: "application/json" } }).catch(() => null);
      if (answer?.status === 401) this.#end();
      else if (!document.hidden || this.#source === null) this.#reopen();
    }, 1000);
  }

  #reopen() {
    const heard = this.#heard;
    this.#open();
    this.#heard = heard;
  }

  #end() {
    this.#ended = true;
    this.#close();
    lost(t("登录已失效。已输入的内容保留在本页，请重新登录。"), "/signin");
  }

  #alive(epoch) {
    this.#heard = Date.now();
    setServerTime(epoch);
    if (!this.#ended) this.#say(false);
  }

  #look() {
    if (!this.#ended && !(document.hidden && !this.#source) && Date.now() - this.#heard > LOST_AFTER_MS) this.#say(true);
  }

  #say(gone) {
    if (this.#ended) return;
    if (gone) lost(t("与服务器的连接已中断，正在重连。通话不受影响，已输入的内容保留在本页。"));
    else at("lost").hidden = true;
  }
}
