// The screen in the hall: asks for the next code when the present one runs out, and never leaves a dead one standing.
"use strict";

(() => {
  const stage = document.querySelector("[data-screen]");
  if (!stage || !stage.querySelector("[data-picture]")) return;
  const part = (name) => stage.querySelector(`[data-${name}]`);
  const step = Number(stage.dataset.step);
  let until = performance.now() + Number(stage.dataset.left) * 1000;

  const show = (now) => {
    part("picture").src = now.picture;
    part("picture").hidden = false;
    part("gone").hidden = true;
    part("digits").textContent = `${now.digits.slice(0, 3)} ${now.digits.slice(3)}`;
    part("came").textContent = now.came;
    part("people").textContent = now.people;
    part("inside").textContent = now.inside;
    part("clock").textContent = now.clock;
    until = performance.now() + now.left * 1000;
  };
  const lost = () => {
    // The old code still counts for one step; after that it would only disappoint.
    if (performance.now() < until + step * 1000) return;
    part("picture").hidden = true;
    part("gone").hidden = false;
    part("digits").textContent = "--- ---";
  };
  const next = async () => {
    let wait = 2000;
    try {
      const answer = await fetch(stage.dataset.screen, { cache: "no-store", redirect: "error" });
      if (!answer.ok) throw new Error(answer.status);
      const now = await answer.json();
      if (!now.open) {
        window.location.reload();
        return;
      }
      show(now);
      // A few of those who came can be seen before the code changes.
      wait = Math.min(5000, now.left * 1000 + 150);
    } catch {
      lost();
    }
    setTimeout(next, wait);
  };
  setTimeout(next, Math.min(5000, Number(stage.dataset.left) * 1000 + 150));
  setInterval(() => {
    const left = Math.max(0, until - performance.now()) / 1000;
    part("bar").style.width = `${Math.min(100, (left / step) * 100)}%`;
  }, 250);

  const full = part("full");
  if (full && document.documentElement.requestFullscreen) {
    full.hidden = false;
    full.addEventListener("click", () => document.documentElement.requestFullscreen());
  }
  if ("wakeLock" in navigator) {
    const stay = () => navigator.wakeLock.request("screen").catch(() => {});
    stay();
    document.addEventListener("visibilitychange", () => { if (!document.hidden) stay(); });
  }
})();
