// Messages beside the fields they are about.

import { t } from "./page.js";

export function clear(form) {
  for (const message of form.querySelectorAll("[data-for]")) message.hidden = true;
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

// Put each message beside its field and go to the first. Answers whether there was a place for any.
export function mark(form, messages) {
  clear(form);
  let first = null;
  for (const [name, text] of Object.entries(messages ?? {})) {
    const place = form.querySelector(`[data-for="${CSS.escape(name)}"]`);
    if (!place) continue;
    place.textContent = t(text);
    place.hidden = false;
    const field = form.elements.namedItem(name);
    field?.setAttribute?.("aria-invalid", "true");
    first ??= field ?? place;
  }
  first?.focus?.();
  return first !== null;
}

export function unmark(event) {
  const form = event.currentTarget;
  const place = form.querySelector(`[data-for="${CSS.escape(event.target.name)}"]`);
  if (place) place.hidden = true;
  event.target.removeAttribute("aria-invalid");
}
