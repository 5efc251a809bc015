// Reviewing by keys: on a line, y is right, n wrong, c a comment; the next line follows. Without this file one clicks.
(() => {
  "use strict";

  const table = document.querySelector("[data-review]");
  if (!table) return;
  const rows = [...table.querySelectorAll("tbody > tr")];
  const isMark = (target) => target.matches("input[data-mark]");
  const isTyping = (target) => target.matches("input, textarea, select") && !isMark(target);
  const current = () => document.activeElement.closest("[data-review] tbody > tr") || table.querySelector(".hd-here") || rows[0];

  function go(row) {
    if (!row) return;
    rows.forEach((one) => one.classList.toggle("hd-here", one === row));
    const checked = row.querySelector("[data-mark]:checked");
    (checked || row.querySelector("[data-mark]")).focus();
  }

  function mark(key) {
    const row = current();
    const choice = row && row.querySelector(`[data-mark="${key}"]`);
    if (!choice) return;
    choice.checked = true;
    choice.dispatchEvent(new Event("input", { bubbles: true }));
    if (key === "c") row.querySelector("[data-remark]").focus();
    else go(rows[rows.indexOf(row) + 1] || row);
  }

  const acts = {
    y: () => mark("y"),
    n: () => mark("n"),
    c: () => mark("c"),
    j: () => go(rows[rows.indexOf(current()) + 1]),
    k: () => go(rows[rows.indexOf(current()) - 1]),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const act = acts[event.key];
    if (!act || document.querySelector("dialog[open]")) return;
    if ("jk".includes(event.key) && !isMark(event.target)) return;
    event.preventDefault();
    act();
  });
})();
