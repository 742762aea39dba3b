// Suggestions while typing, for every input with data-suggest: a combobox with a list, by the ARIA pattern.
// The address of an input answers with {suggestions: [{kind, text, note, url, lang?, near?}], status}.
// Without this script the form works.
"use strict";

document.querySelectorAll("[data-suggest]").forEach(suggest);

function suggest(input) {
  const WAIT = 150;
  const SHORTEST = 2;
  const list = document.createElement("ul");
  const status = document.createElement("p");
  let running = new AbortController();
  let waiting;
  let options = [];
  let active = -1;

  list.id = `${input.id}_suggestions`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.suggestLabel);
  status.className = "kern-sr-only";
  status.setAttribute("role", "status");
  input.parentElement.append(list, status);
  for (const [name, value] of Object.entries({
    "role": "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false",
  })) input.setAttribute(name, value);

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    running.abort();
    if (input.value.trim().length < SHORTEST) close();
    else waiting = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const open = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (open && !event.altKey) move(step);
      else if (event.altKey && step < 0) close();
      else if (input.value.trim().length >= SHORTEST) ask();
    } else if (event.key === "Escape" && open) {
      close();
    } else if (event.key === "Enter" && open && active >= 0) {
      choose(options[active]);
    } else {
      return;
    }
    event.preventDefault();
  });
  input.addEventListener("blur", close);
  input.form.addEventListener("submit", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the input keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(options[[...list.children].indexOf(option)]);
  });

  async function ask() {
    clearTimeout(waiting);
    running.abort();
    running = new AbortController();
    const { signal } = running;
    const address = new URL(input.dataset.suggest, location.href);
    address.searchParams.set("q", input.value);
    try {
      const response = await fetch(address, { signal });
      if (!response.ok) throw new Error(response.status);
      const found = await response.json();
      if (!signal.aborted) show(found);
    } catch {
      if (!signal.aborted) close();
    }
  }

  function show(found) {
    options = found.suggestions;
    list.replaceChildren(...options.map(option));
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    point(-1);
    status.textContent = found.status;
  }

  function option(suggestion, place) {
    const item = document.createElement("li");
    item.id = `${list.id}_${place}`;
    item.className = "suggestions__option";
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    const text = document.createElement("span");
    text.textContent = suggestion.text;
    if (suggestion.lang && suggestion.lang !== document.documentElement.lang) text.lang = suggestion.lang;
    const note = document.createElement("span");
    note.className = "suggestions__note";
    note.textContent = suggestion.note;
    item.append(text, " ", note);
    return item;
  }

  function move(step) {
    const places = options.length + 1; // one of them is the input itself
    point(((active + 1 + step + places) % places) - 1);
  }

  function point(place) {
    active = place;
    [...list.children].forEach((item, here) => item.setAttribute("aria-selected", String(here === place)));
    if (place < 0) {
      input.removeAttribute("aria-activedescendant");
    } else {
      input.setAttribute("aria-activedescendant", list.children[place].id);
      list.children[place].scrollIntoView({ block: "nearest" });
    }
  }

  // A term is searched for with what else the form says; a record or a municipality has a page of its own.
  // One's own municipality goes into the address of a list: that of the input, or of this page with its choices.
  function choose(suggestion) {
    close();
    if (suggestion.kind === "near") {
      const address = new URL(input.dataset.suggestFor || location.href, location.href);
      address.searchParams.set("near", suggestion.near);
      address.searchParams.delete("page");
      location.assign(address);
      return;
    }
    if (suggestion.kind !== "terms") {
      location.assign(suggestion.url);
      return;
    }
    input.value = suggestion.text;
    input.form.requestSubmit();
  }

  function close() {
    clearTimeout(waiting);
    running.abort();
    list.hidden = true;
    list.replaceChildren();
    options = [];
    input.setAttribute("aria-expanded", "false");
    point(-1);
    status.textContent = "";
  }
}
