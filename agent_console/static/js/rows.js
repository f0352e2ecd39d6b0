// Rows that are kept and changed in place, so that nothing moves under the pointer.

import { element, put } from "./page.js";

// Bring the rows of `body` in line with `items`: made once by key, changed in place, put in order unless pointed at.
export function keepRows(body, items, key, make, change) {
  const rows = new Map([...body.children].map((row) => [row.dataset.key, row]));
  const pointed = body.matches(":hover");
  items.forEach((item, place) => {
    const id = key(item);
    let row = rows.get(id);
    rows.delete(id);
    if (!row) {
      row = make(item);
      row.dataset.key = id;
      body.append(row);
    }
    row.classList.remove("gone");
    change(row, item);
    if (!pointed && body.children[place] !== row) body.insertBefore(row, body.children[place] ?? null);
  });
  for (const row of rows.values()) {
    if (pointed) row.classList.add("gone");
    else row.remove();
  }
}

export const cells = (count, ...classes) => () => element("tr", {}, ...Array.from({ length: count }, (_, place) => element("td", { class: classes[place] ?? "" })));

export function fill(row, texts, since) {
  texts.forEach((text, place) => text !== null && put(row.children[place], text));
  if (since) row.dataset.since = since;
}
