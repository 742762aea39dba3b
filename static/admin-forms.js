// No text of an editor is lost: what stands unsaved in a form of the admin is kept in this browser, keeps the session
// alive, and is offered again when the form is next opened. It is deleted once saved and on logging out.
"use strict";

const PREFIX = "unsaved:";
const KEEP_ALIVE = 5 * 60 * 1000; // milliseconds
const LONGEST = 30 * 24 * 60 * 60 * 1000;
const NEVER = ["csrfmiddlewaretoken", "_popup", "_to_field", "action", "select_across", "_selected_action"];
const ROWS = /-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$/;

let loggingOut = false;
document.getElementById("logout-form")?.addEventListener("submit", () => {
  loggingOut = true;
  stored().forEach((key) => localStorage.removeItem(key));
});

const offer = document.querySelector("[data-unsaved]");
forgetSaved();
if (offer) {
  // Django's own scripts add the rows' buttons first.
  window.addEventListener("load", () => {
    const form = document.querySelector(".change-form #content-main > form[method=post]");
    if (form) watch(form, offer);
  });
}

function stored() {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

// A form is saved if the very next page after sending it reports success: neither an error nor the log-in does.
function forgetSaved() {
  const sent = sessionStorage.getItem(PREFIX);
  sessionStorage.removeItem(PREFIX);
  if (sent && document.querySelector(".messagelist .success")) localStorage.removeItem(sent);
  for (const key of stored()) {
    const draft = read(key);
    if (!draft || Date.now() - draft.at > LONGEST) localStorage.removeItem(key);
  }
}

function watch(form, offer) {
  const key = `${PREFIX}${offer.dataset.unsaved}:${location.pathname}`;
  const before = JSON.stringify(values(form));
  const draft = read(key);
  const refused = document.querySelector(".errornote") !== null;
  let pending = Boolean(draft) && !refused && JSON.stringify(draft.fields) !== before;
  let unsaved = refused;
  let timer;

  if (pending) show();
  setInterval(() => { if (unsaved) keepAlive(offer); }, KEEP_ALIVE);
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("click", later); // rows come and go by buttons
  form.addEventListener("submit", () => {
    keep();
    sessionStorage.setItem(PREFIX, key);
  });
  window.addEventListener("pagehide", keep);

  function later() {
    clearTimeout(timer);
    timer = setTimeout(keep, 300);
  }

  // An offered text is not overwritten before the editor has decided about it.
  function keep() {
    clearTimeout(timer);
    const fields = values(form);
    const first = !unsaved;
    unsaved = refused || JSON.stringify(fields) !== before;
    if (first && unsaved) keepAlive(offer);
    if (pending || loggingOut) return;
    if (unsaved) localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields }));
    else localStorage.removeItem(key);
  }

  function show() {
    const when = new Date(draft.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    offer.querySelector("[data-unsaved-when]").textContent = when;
    offer.querySelector("[data-unsaved-offer]").hidden = false;
    offer.querySelector("[data-unsaved-restore]").addEventListener("click", () => decide(true));
    offer.querySelector("[data-unsaved-discard]").addEventListener("click", () => decide(false));
  }

  function decide(restoring) {
    if (restoring) restore(form, draft.fields);
    pending = false;
    offer.querySelector("[data-unsaved-offer]").hidden = true;
    keep();
    form.querySelector("input:not([type=hidden]), textarea, select").focus();
  }
}

// [[name, value], …] of everything that can be typed or chosen. Passwords and files are never kept.
function values(form) {
  const secret = [...form.querySelectorAll("input[type=password], input[type=file]")].map((input) => input.name);
  return [...new FormData(form)].filter(([name, value]) =>
    typeof value === "string" && !NEVER.includes(name) && !secret.includes(name) && !name.includes("__prefix__"));
}

function restore(form, fields) {
  for (const [name, value] of fields) {
    if (name.endsWith("-TOTAL_FORMS")) addRows(form, name.replace("-TOTAL_FORMS", ""), Number(value));
  }
  const kept = new Map();
  for (const [name, value] of fields) kept.set(name, [...(kept.get(name) || []), value]);
  for (const element of form.elements) {
    const { name, type } = element;
    if (!name || NEVER.includes(name) || ROWS.test(name) || name.includes("__prefix__")) continue;
    if (["password", "file", "submit", "button"].includes(type)) continue;
    // A row belongs to the record the page shows now; other hidden values, such as the revision, to the text.
    if (type === "hidden" && /-\d+-/.test(name)) continue;
    const given = kept.get(name) || [];
    if (type === "checkbox" || type === "radio") {
      element.checked = given.includes(element.value);
    } else if (type === "select-multiple") {
      for (const option of element.options) option.selected = given.includes(option.value);
    } else if (given.length) {
      element.value = given[0];
    }
    element.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function addRows(form, prefix, wanted) {
  const total = form.elements[`${prefix}-TOTAL_FORMS`];
  const button = document.querySelector(`[id="${prefix}-group"] .add-row a`);
  while (total && button && Number(total.value) < wanted) {
    const before = total.value;
    button.click();
    if (total.value === before) break;
  }
}

async function keepAlive(offer) {
  let response;
  try {
    response = await fetch(offer.dataset.keepAlive);
  } catch {
    return; // no network: the next time will tell
  }
  offer.querySelector("[data-unsaved-ended]").hidden = response.status !== 401;
}

// A record chosen by its number: the search in a window of its own tells its title, a number typed by hand has none yet.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-popup-opener]");
  const input = link && opener?.document.getElementById(name.replace(/__\d+$/, ""));
  if (!input) return;
  const title = [...link.closest("tr").querySelectorAll("a[data-popup-opener]")].map((each) => each.textContent).join(" ");
  const label = input.parentElement.querySelector("strong") ?? opener.document.createElement("strong");
  label.textContent = title;
  input.parentElement.append(label);
}, true);

document.addEventListener("input", (event) => {
  if (event.target.matches(".vForeignKeyRawIdAdminField")) event.target.parentElement.querySelector("strong")?.remove();
});
