// What was typed and not saved, by call: kept in this tab across reloads, dropped when it is saved.

const key = (form, call) => `draft:${document.body.dataset.name}:${form.id}:${call}`;

export function keep(form, call) {
  try {
    sessionStorage.setItem(key(form, call), JSON.stringify(Object.fromEntries(new FormData(form))));
    return true;
  } catch {
    return false; // storage is full or forbidden: the page still has what was typed
  }
}

export function kept(form, call) {
  try {
    return JSON.parse(sessionStorage.getItem(key(form, call)));
  } catch {
    return null;
  }
}

export const drop = (form, call) => sessionStorage.removeItem(key(form, call));

export function fill(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value ?? "";
  }
}
