// Taking a course: tells the service which parts of the video were watched, and keeps the answers of a test.
// The service decides what counts: it believes no report of more than can have been watched since the last one.
(() => {
  "use strict";

  const token = () => document.querySelector("#hd-post input[name=csrf_token]").value;

  // ---- the video ----
  const player = document.getElementById("player");
  if (player) watch(player);

  function watch(video) {
    const EVERY = 10_000;
    let spans = [], begun = null, last = 0, told = 0;
    const now = () => Math.round(video.currentTime * 1000);

    video.addEventListener("loadedmetadata", () => {
      const from = Number(video.dataset.from) / 1000;
      if (from > 0 && from < video.duration - 1) video.currentTime = from;
    }, { once: true });

    function close() {
      if (begun !== null && last > begun) spans.push([begun, last]);
      begun = null;
    }

    video.addEventListener("play", () => { if (!told) report(); begun = last = now(); });
    video.addEventListener("playing", () => { if (begun === null) begun = last = now(); });
    video.addEventListener("timeupdate", () => {
      if (video.seeking || begun === null) return;
      const at = now();
      if (at < last || at - last > 2500) { close(); begun = last = at; return; }
      last = at;
      if (Date.now() - told >= EVERY) { close(); begun = last; report(); }
    });
    video.addEventListener("seeking", close);
    video.addEventListener("seeked", () => { if (!video.paused) begun = last = now(); });
    video.addEventListener("ratechange", () => { if (video.playbackRate > 2) video.playbackRate = 2; });
    for (const event of ["pause", "ended"]) video.addEventListener(event, () => { if (begun !== null) last = Math.max(last, now()); close(); report(); });
    addEventListener("pagehide", () => { close(); if (spans.length) navigator.sendBeacon(video.dataset.report, body()); });

    function body() {
      const form = new FormData();
      form.set("csrf_token", token());
      form.set("report", JSON.stringify({ spans: spans.splice(0, 50), position: now() }));
      return form;
    }

    async function report() {
      told = Date.now();
      const answer = await fetch(video.dataset.report, { method: "POST", body: body() }).catch(() => null);
      if (answer && answer.ok) show(await answer.json());
    }

    function show(counted) {
      const set = (name, hidden) => { document.querySelector(`[data-${name}]`).hidden = hidden; };
      document.querySelector("[data-percent]").textContent = counted.percent;
      set("needed", counted.done);
      set("enough", !counted.done);
      if (counted.done) {
        document.querySelectorAll("[data-waits]").forEach((place) => {
          place.removeAttribute("data-waits");
          document.querySelector("[data-said]").textContent = "You have watched enough of the video.";
        });
        document.querySelectorAll("[data-why]").forEach((words) => words.remove());
      }
      if (!video.paused) return;
      const left = document.querySelector("[data-left]");
      left.replaceChildren(...counted.left.map(([begin, , from, to]) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "usa-button usa-button--outline hd-small";
        button.dataset.at = begin;
        button.textContent = `${from} to ${to}`;
        button.append(Object.assign(document.createElement("span"), { className: "usa-sr-only", textContent: " is not watched yet: go there" }));
        return button;
      }));
    }

    document.querySelector("[data-left]").addEventListener("click", (event) => {
      const button = event.target.closest("[data-at]");
      if (!button) return;
      video.currentTime = Number(button.dataset.at) / 1000;
      video.focus();
      video.play();
    });
  }

  // ---- the test ----
  const test = document.querySelector("form[data-keep]");
  if (test) {
    const said = test.querySelector("[data-kept]");
    let timer = 0, isSent = false;
    const keep = async () => {
      const answer = await fetch(test.dataset.keep, { method: "POST", body: new FormData(test), headers: { "X-Quietly": "1" } }).catch(() => null);
      said.textContent = answer && answer.ok ? "Your answers are kept." : answer && answer.status === 422 ? "" : "Your answers could not be kept just now.";
    };
    test.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, 800); });
    test.addEventListener("submit", (event) => {
      clearTimeout(timer);
      if (isSent) event.preventDefault();
      isSent = true;
    });
    addEventListener("pageshow", () => { isSent = false; });
  }
})();
