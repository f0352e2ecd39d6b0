// What every page script uses: words, elements, clocks, posts with the CSRF token.

const words = JSON.parse(document.getElementById("words").textContent);
const token = document.querySelector('meta[name="csrf-token"]').content;

export const t = (text) => words[text] ?? text;
export const at = (id) => document.getElementById(id);

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") made.className = value;
    else if (name.startsWith("data-")) made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

// Change text only where it differs: what the person has selected or points at stays.
export function put(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

export function length(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${hours ? two(Math.floor(whole / 60) % 60) : Math.floor(whole / 60)}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

// The server's clock, so that waits are right on a machine whose clock is not.
let ahead = 0;
export const setServerTime = (epoch) => { ahead = epoch - Date.now() / 1000; };
export const serverTime = () => Date.now() / 1000 + ahead;

export const hidden = (number) =>
  number.length >= 9 ? `${number.slice(0, -8)}****${number.slice(-4)}` : number.length > 4 ? "*".repeat(number.length - 2) + number.slice(-2) : "*".repeat(number.length);

export function note(text, kind = "") {
  const shown = element("p", { class: kind, textContent: text });
  at("notes").append(shown);
  setTimeout(() => shown.remove(), kind === "red" ? 9000 : 5000);
}

// Answers {status, ...JSON}; status 0 when the server was not reached. Never throws.
export async function ask(address, body = undefined) {
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  // Not as multipart: a form without fields is refused in that shape.
  const sent = body === undefined ? { method: "GET" } : { method: "POST", body: new URLSearchParams(body) };
  try {
    const answer = await fetch(address, { ...sent, headers, credentials: "same-origin" });
    const said = await answer.json().catch(() => ({}));
    return { ...said, status: answer.status, ok: answer.ok };
  } catch {
    return { status: 0, ok: false, error: t("没有连上服务器，已输入的内容保留在本页，请稍后重试。") };
  }
}

export function complain(answer) {
  if (answer.status === 401) lost(t("登录已失效。已输入的内容保留在本页，请重新登录。"), "/signin");
  else note([answer.error ?? "没有完成，请重试。", answer.kept, answer.way_out].filter(Boolean).map(t).join(" "), "red");
}

export function lost(text, link = "") {
  const line = at("lost");
  put(at("lost-text"), text);
  line.querySelector("a")?.remove();
  if (link) line.append(element("a", { href: link, class: "button small", target: "_blank", textContent: t("去登录") }));
  line.hidden = false;
}
