// Drafts of forms, kept on this device without anything about people, and a look at the session before sending.
// A form says data-draft="name"; only its fields with data-draft-field are kept.
"use strict";

(() => {
  const PREFIX = "pointsys.draft.";
  const WEEK = 7 * 24 * 3600 * 1000;
  const store = (() => {
    try {
      localStorage.setItem(`${PREFIX}try`, "1");
      localStorage.removeItem(`${PREFIX}try`);
      return localStorage;
    } catch {
      return null;
    }
  })();
  const all = (selector) => [...document.querySelectorAll(selector)];

  const forget = (name) => store && store.removeItem(PREFIX + name);
  const forgetAll = () => {
    if (!store) return;
    for (const key of Object.keys(store)) if (key.startsWith(PREFIX)) store.removeItem(key);
  };
  const read = (name) => {
    try {
      const kept = JSON.parse(store && store.getItem(PREFIX + name));
      return kept && Date.now() - kept.at < WEEK ? kept : null;
    } catch {
      return null;
    }
  };

  // What was sent and stored needs no draft any more; whoever signs out leaves none behind.
  for (const done of all("[data-draft-done]")) forget(done.dataset.draftDone);
  for (const form of all("form[data-forget-drafts]")) form.addEventListener("submit", forgetAll);

  // Whether one is still signed in; gives every form of the page the token of the session there is now.
  const stillSignedIn = async (form) => {
    try {
      const answer = await fetch(form.dataset.sessionUrl, { redirect: "manual", headers: { Accept: "application/json" } });
      if (!answer.ok) return false;
      const { csrf_token: token } = await answer.json();
      for (const field of all('input[name="csrf_token"]')) field.value = token;
      return true;
    } catch {
      // No network: the browser itself says so when the form is sent.
      return true;
    }
  };
  const showSignedOut = (on) => {
    for (const bar of all("[data-signed-out]")) {
      bar.hidden = !on;
      if (on) bar.scrollIntoView({ block: "center" });
    }
  };
  window.pointsysSession = { stillSignedIn, showSignedOut };

  for (const form of all("form[data-draft]")) {
    const name = form.dataset.draft;
    const fields = [...form.querySelectorAll("[data-draft-field]")];
    const values = () => Object.fromEntries(fields.map((field) => [field.name, field.value]));
    let last = JSON.stringify(values());
    const save = () => {
      const now = values();
      if (!store || JSON.stringify(now) === last) return;
      last = JSON.stringify(now);
      try {
        store.setItem(PREFIX + name, JSON.stringify({ at: Date.now(), values: now }));
      } catch {
        // A full store keeps no draft; the form itself is untouched.
      }
    };
    form.addEventListener("change", save);
    setInterval(save, 10000);
    window.addEventListener("pagehide", save);

    const kept = "draftOffer" in form.dataset ? read(name) : null;
    const bar = document.querySelector("[data-draft-bar]");
    if (kept && bar && JSON.stringify(kept.values) !== last) {
      bar.hidden = false;
      bar.querySelector("[data-draft-at]").textContent =
        `${kept.values.title || ""} ${kept.values.day || ""} (${new Date(kept.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })})`;
      bar.querySelector("[data-draft-restore]").addEventListener("click", () => {
        for (const field of fields) if (field.name in kept.values) field.value = kept.values[field.name];
        bar.hidden = true;
        form.dispatchEvent(new Event("change", { bubbles: true }));
      });
      bar.querySelector("[data-draft-drop]").addEventListener("click", () => {
        forget(name);
        bar.hidden = true;
      });
    }

    // A session that ended meanwhile must not swallow what was typed: look first, then send.
    let looked = false;
    form.addEventListener("submit", async (event) => {
      if (looked || event.defaultPrevented || !form.dataset.sessionUrl) return;
      event.preventDefault();
      event.stopPropagation();
      const button = event.submitter;
      save();
      const there = await stillSignedIn(form);
      showSignedOut(!there);
      if (!there) return;
      looked = true;
      form.requestSubmit(button || undefined);
      looked = false;
    });
  }
})();
