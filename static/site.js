// Makes the pages nicer. Everything works without it.
"use strict";

document.querySelectorAll("[data-script]").forEach((element) => { element.hidden = false; });

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const copy = event.target.closest("[data-copy]");
  if (copy) copyText(copy);
});

async function copyText(button) {
  const status = button.parentElement.querySelector("[data-copy-status]");
  status.textContent = "";
  try {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    status.textContent = button.dataset.done;
  } catch {
    status.textContent = button.dataset.failed;
  }
}

// Who comes from a list with choices is led back to these choices.
const listLink = document.querySelector(".breadcrumb [data-parent]");
if (listLink && document.referrer.split("?")[0] === listLink.href.split("?")[0]) listLink.href = document.referrer;

const list = document.querySelector("[data-list]");
if (list) enhance(list);

// A list with filters: the form submits itself and only what has changed is replaced.
function enhance(list) {
  const form = document.getElementById("filter");
  let running = new AbortController();
  let shown = location.pathname + location.search;

  list.querySelectorAll("[data-without-script]").forEach((element) => { element.hidden = true; });
  // A browser whose style sheet can't open the filters on a wide screen.
  if (!CSS.supports("selector(::details-content)") && matchMedia("(min-width: 62rem)").matches) {
    list.querySelector(".filter-panel").open = true;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    load(formAddress());
  });
  list.addEventListener("change", (event) => {
    if (event.target.form === form && event.target.type !== "search") load(formAddress());
  });
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-filter-link]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    load(link.href, { focus: true });
  });
  window.addEventListener("popstate", () => {
    if (location.pathname + location.search !== shown) load(location.href, { push: false });
  });

  function formAddress() {
    const chosen = [...new FormData(form)].filter(([, value]) => value !== "");
    const query = new URLSearchParams(chosen).toString();
    return form.action.split("?")[0] + (query ? "?" + query : "");
  }

  async function load(address, { push = true, focus = false } = {}) {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    list.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(address, { signal });
      if (!response.ok) throw new Error(response.status);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (signal.aborted) return;
      if (!page.querySelector("[data-list]")) throw new Error("not a list");
      if (push) history.pushState(null, "", address);
      shown = location.pathname + location.search;
      show(page, focus || !push);
      if (focus) document.getElementById("results").focus();
      list.removeAttribute("aria-busy");
    } catch {
      if (!signal.aborted) location.assign(address);
    }
  }

  function show(page, everything) {
    document.title = page.title;
    for (const old of document.querySelectorAll("[data-live]")) {
      const fresh = page.querySelector(`[data-live="${old.dataset.live}"]`);
      if (fresh) old.replaceWith(document.adoptNode(fresh));
    }
    for (const old of form.querySelectorAll("[data-facet]")) {
      const fresh = page.querySelector(`[data-facet="${old.dataset.facet}"]`);
      if (!fresh) continue;
      if (old.contains(document.activeElement)) {
        refreshCounts(old, fresh);
      } else {
        fresh.open = old.open;
        old.replaceWith(document.adoptNode(fresh));
      }
    }
    if (everything) {
      for (const name of ["q", "sort"]) {
        if (form.elements[name]) form.elements[name].value = page.getElementById("id_" + name).value;
      }
    }
    list.querySelectorAll("[data-script]").forEach((element) => { element.hidden = false; });
    // Last, and in place: a screen reader hears once what is new.
    for (const status of list.querySelectorAll("[data-status]")) {
      const fresh = page.querySelector(`[data-status="${status.dataset.status}"]`);
      if (status.textContent.trim() !== fresh.textContent.trim()) status.replaceChildren(...fresh.childNodes);
    }
  }

  // The group in use keeps its controls, hence the focus; only its numbers change.
  function refreshCounts(old, fresh) {
    for (const input of old.querySelectorAll("input")) {
      const other = fresh.querySelector(`[id="${input.id}"]`);
      input.checked = Boolean(other && other.checked);
      document.querySelector(`label[for="${input.id}"] .count`).textContent =
        other ? fresh.querySelector(`label[for="${input.id}"] .count`).textContent : "(0)";
    }
  }
}
