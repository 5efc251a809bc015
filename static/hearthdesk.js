// Everything works without this file; it adds keys, menus that close themselves, and keeping of drafts.
(() => {
  "use strict";

  const typing = (target) => target.matches("input, textarea, select, [contenteditable]");
  const sheet = () => document.getElementById("hd-keys");

  // ---- lists: j and k move, Enter opens ----
  const rows = () => [...document.querySelectorAll("[data-keys] > li, [data-keys] > tbody > tr")];
  const opener = (row) => row.querySelector("[data-open], th a, a");

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const now = all.findIndex((row) => row.classList.contains("hd-here"));
    const next = Math.min(Math.max(now + step, 0), all.length - 1);
    all.forEach((row, index) => row.classList.toggle("hd-here", index === next));
    const link = opener(all[next]);
    if (link) link.focus();
    all[next].scrollIntoView({ block: "nearest" });
  }

  const here = () => document.querySelector(".hd-here");

  // ---- a list with a pane beside it: the row one is on shows there ----
  document.addEventListener("focusin", (event) => {
    const link = event.target.closest("[data-preview]");
    if (link && window.htmx && matchMedia("(min-width: 80em)").matches) htmx.ajax("GET", link.dataset.preview, "#preview");
  });

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    o: () => here() && opener(here()).click(),
    x: () => here()?.querySelector(".hd-tick input")?.click(),
    "/": () => document.getElementById("hd-search")?.focus(),
    "?": () => sheet()?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return closeMenus(null);
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    const act = keys[event.key] || pressed(event.key);
    if (!act) return;
    event.preventDefault();
    act();
  });

  // A page's own keys: data-key="r" on the link or button that the key presses.
  function pressed(key) {
    const target = /^[a-z]$/i.test(key) && document.querySelector(`[data-key="${key}"]`);
    return target ? () => (target.matches("input, textarea, select") ? target.focus() : target.click()) : null;
  }

  // ---- menus ----
  function closeMenus(except) {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (menu === except) return;
      const inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside) menu.querySelector("summary").focus();
    });
  }
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));

  document.querySelectorAll("[data-opens]").forEach((button) => {
    const dialog = document.getElementById(button.dataset.opens);
    button.hidden = !dialog;
    button.addEventListener("click", () => { closeMenus(null); dialog.showModal(); });
  });

  // ---- the page's own keys belong on the sheet ----
  document.querySelectorAll("[data-key]").forEach((target) => {
    const line = document.createElement("div");
    const term = line.appendChild(document.createElement("dt"));
    term.appendChild(document.createElement("kbd")).textContent = target.dataset.key;
    line.appendChild(document.createElement("dd")).textContent = target.dataset.keyLabel || target.textContent.trim() || target.getAttribute("aria-label") || "";
    sheet()?.querySelector("dl").append(line);
  });

  // ---- drafts: kept for this tab only, never password or file, gone once sent or signed out ----
  const draftable = "textarea, select, input:not([type=hidden]):not([type=password]):not([type=file])";

  function restore(form, name) {
    const kept = JSON.parse(sessionStorage.getItem(name) || "{}");
    form.querySelectorAll(draftable).forEach((input) => {
      if (!input.name || !(input.name in kept) || input.value !== input.defaultValue) return;
      if (input.type === "checkbox" || input.type === "radio") input.checked = kept[input.name].includes(input.value);
      else if (!input.value) input.value = kept[input.name][0] ?? "";
    });
  }

  function keep(form, name) {
    const kept = {};
    form.querySelectorAll(draftable).forEach((input) => {
      if (!input.name || ((input.type === "checkbox" || input.type === "radio") && !input.checked)) return;
      (kept[input.name] ||= []).push(input.value);
    });
    sessionStorage.setItem(name, JSON.stringify(kept));
  }

  document.querySelectorAll("form[data-draft]").forEach((form) => {
    const name = `draft:${form.dataset.draft}`;
    if (!form.querySelector(".hd-errors")) restore(form, name);
    form.addEventListener("input", () => keep(form, name));
    form.addEventListener("submit", () => sessionStorage.removeItem(name));
  });
  document.querySelector(".hd-account__menu form")?.addEventListener("submit", () => sessionStorage.clear());

  // ---- words that are there already: shown first, and put where one types ----
  const wordsFor = (place) => {
    const chosen = place.dataset.choice && place.closest("details").querySelector("select").value;
    return place.dataset.choice && !chosen ? null : place.dataset.words + (chosen || "");
  };

  function put(box, words) {
    const [from, to] = box.dataset.caret ? [box.selectionStart, box.selectionEnd] : [box.value.length, box.value.length];
    const before = box.value.slice(0, from), after = box.value.slice(to);
    const gap = (text, edge) => (text && !edge.test(text) ? "\n\n" : "");
    box.setRangeText(gap(before, /\n\s*$/) + words + gap(after, /^\s*\n/), from, to, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  }

  document.addEventListener("focusin", (event) => { if (event.target.matches("textarea")) event.target.dataset.caret = "1"; });

  const offer = (place) => place.querySelectorAll("button[data-words]").forEach((button) => { button.hidden = false; });
  offer(document);
  document.addEventListener("htmx:load", (event) => offer(event.detail.elt));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-words]");
    const address = button && wordsFor(button);
    const answer = address && (await fetch(address));
    if (answer && answer.ok) put(document.getElementById(button.dataset.into), await answer.text());
  });

  document.querySelectorAll("[data-shows]").forEach((shown) => {
    const choice = shown.closest("details").querySelector("select");
    choice.addEventListener("change", async () => {
      const answer = choice.value && (await fetch(shown.dataset.shows + choice.value));
      shown.textContent = answer && answer.ok ? await answer.text() : "";
    });
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-forgets]");
    if (button) sessionStorage.removeItem(`draft:${button.dataset.forgets}`);
  });

  // ---- after an error the summary is where the reader is ----
  document.getElementById("error-summary")?.focus();
})();
