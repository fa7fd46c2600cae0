// The device at the door: a pad of digits, and the page is free for the next person after some seconds.
"use strict";

(() => {
  const stage = document.querySelector("[data-kiosk]");
  if (!stage) return;
  const home = () => window.location.replace(stage.dataset.kiosk);
  const pad = stage.querySelector(".att-kiosk-pad");
  const typed = stage.querySelector("#kiosk-q");
  if (pad && typed) {
    pad.hidden = false;
    for (const key of pad.querySelectorAll("[data-digit]")) {
      key.addEventListener("click", () => {
        typed.value = key.dataset.digit ? typed.value + key.dataset.digit : typed.value.slice(0, -1);
        if (/^\d{4}$/.test(typed.value) && key.dataset.digit) typed.form.requestSubmit();
      });
    }
  }
  // Nobody's name stays on the screen.
  let idle = null;
  const seconds = stage.querySelector(".att-kiosk-done") ? 6 : 30;
  const wait = () => {
    clearTimeout(idle);
    if (window.location.search || stage.querySelector(".att-kiosk-done")) idle = setTimeout(home, seconds * 1000);
  };
  for (const act of ["pointerdown", "keydown"]) document.addEventListener(act, wait);
  wait();
})();
