// The quick record: the part of the page about people follows the form, and a known activity fills the form in.
"use strict";

(() => {
  const form = document.getElementById("record-form");
  const session = window.pointsysSession;
  document.documentElement.classList.add("has-script");

  // The form as text, without files: a part of the page is for exactly this state.
  const state = () => {
    const data = new FormData(form);
    data.delete("photos");
    // The token is no state: it changes with the session.
    data.delete("csrf_token");
    data.delete("idempotency_key");
    return new URLSearchParams(data).toString();
  };
  const token = () => form.elements.namedItem("csrf_token").value;

  let shown = state();
  let flight = null;
  let timer = null;

  const swap = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const focused = document.activeElement && document.activeElement.id;
    const parts = [...fresh.querySelectorAll("[data-live-part]")];
    if (parts.length === 0) return false;
    for (const part of parts) document.getElementById(part.id).replaceWith(part);
    if (focused && document.activeElement.id !== focused) {
      const again = document.getElementById(focused);
      if (again) again.focus({ preventScroll: true });
    }
    return true;
  };

  const ask = async (body) =>
    fetch(form.dataset.liveUrl, {
      method: "POST",
      redirect: "manual",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: `${body}&csrf_token=${encodeURIComponent(token())}`,
      signal: flight.signal,
    });

  const refresh = async (extra = "") => {
    clearTimeout(timer);
    const body = state();
    if (body === shown && !extra) return;
    if (flight) flight.abort();
    flight = new AbortController();
    form.setAttribute("aria-busy", "true");
    try {
      let answer = await ask(body + extra);
      if (!answer.ok && session) {
        // The session ended, or began anew in another window: then the token of this page is an old one.
        const there = await session.stillSignedIn(form);
        session.showSignedOut(!there);
        if (!there) return;
        answer = await ask(body + extra);
      }
      if (!answer.ok) return;
      const html = await answer.text();
      // Something changed while this was under way: a newer answer is coming.
      if (state() !== body) {
        later(50);
        return;
      }
      if (swap(html)) shown = state();
    } catch (error) {
      if (error.name !== "AbortError") later(3000);
    } finally {
      form.removeAttribute("aria-busy");
    }
  };
  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(refresh, wait);
  };

  form.addEventListener("input", (event) => {
    if (event.target.matches("textarea, input:not([type=checkbox]):not([type=file])")) later(450);
  });
  form.addEventListener("change", (event) => later(event.target.type === "checkbox" ? 120 : 60));
  form.addEventListener("paste", () => later(30));
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-live-act]");
    if (!button) return;
    event.preventDefault();
    refresh(`&${encodeURIComponent(button.name)}=${encodeURIComponent(button.value)}`);
  });
  // Enter looks something up or goes nowhere; saving is a button of its own.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    refresh();
  });
  // Names that are not shown yet would come back from the server to be looked over; show them at once instead.
  form.addEventListener("submit", () => clearTimeout(timer));

  // A known title brings its kind, its usual times and place along, where nothing else was chosen.
  const title = form.elements.namedItem("title");
  const fillIn = () => {
    const known = [...document.querySelectorAll("#known-activities option")].find((option) => option.value === title.value);
    if (!known) return;
    const set = (name, value, force) => {
      const field = form.elements.namedItem(name);
      if (field && value && (force || !field.value)) field.value = value;
    };
    set("kind", known.dataset.kind, true);
    if (!form.elements.namedItem("hours").value) {
      set("start", known.dataset.start);
      set("end", known.dataset.end);
    }
    set("place", known.dataset.place);
    set("organiser", known.dataset.organiser);
    other();
  };
  title.addEventListener("input", fillIn);
  title.addEventListener("change", fillIn);

  // The second field for a kind is needed for a kind of one's own only.
  const kind = form.elements.namedItem("kind");
  const otherKind = document.querySelector("[data-other-kind]");
  const other = () => { otherKind.hidden = kind.value !== otherKind.dataset.otherKind; };
  kind.addEventListener("change", other);
  other();
})();
