// Taps that meet no network are kept on this device, shown, and sent by themselves with the instant of the tap.
// The server keeps that instant beside its own and has somebody verify it; each tap has a key, so none counts twice.
"use strict";

(() => {
  const panel = document.getElementById("att-queue");
  if (!panel || !window.localStorage) return;
  const STORE = "attendance-queue";
  const list = panel.querySelector("ul");
  const words = panel.dataset;
  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(STORE)) || [];
    } catch {
      return [];
    }
  };
  const write = (items) => {
    localStorage.setItem(STORE, JSON.stringify(items));
    draw(items);
  };
  const change = (key, values) => write(read().map((item) => (item.key === key ? { ...item, ...values } : item)));
  const drop = (key) => write(read().filter((item) => item.key !== key));

  const draw = (items) => {
    panel.hidden = items.length === 0;
    list.replaceChildren(...items.map((item) => {
      const line = document.createElement("li");
      const what = document.createElement("span");
      const at = new Date(item.said).toTimeString().slice(0, 5);
      what.textContent = `${at} ${item.act === "in" ? words.in : words.out} · ${item.label}`;
      const state = document.createElement("span");
      state.textContent = item.state === "refused" ? `${words.refused}: ${item.text}` : words[item.state];
      state.className = `att-queue-${item.state}`;
      line.append(what, state);
      if (item.state === "refused") {
        const away = document.createElement("button");
        away.type = "button";
        away.className = "btn btn-outline-secondary";
        away.textContent = words.dismiss;
        away.addEventListener("click", () => drop(item.key));
        line.append(away);
      }
      return line;
    }));
  };

  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  const keep = (form, act) => {
    if (act !== "in" && act !== "out") return false;
    const row = form.querySelector("[name=row]");
    write([...read(), {
      key: newKey(), url: form.dataset.queue, label: form.dataset.queueLabel || "", act,
      row: row ? row.value : "", said: Date.now(), state: "waits", text: "",
    }]);
    return true;
  };

  let token = () => (document.querySelector("input[name=csrf_token]") || {}).value || "";
  const freshToken = async () => {
    const page = await (await fetch(window.location.href, { cache: "no-store" })).text();
    const found = new DOMParser().parseFromString(page, "text/html").querySelector("input[name=csrf_token]");
    if (found) token = () => found.value;
  };
  const send = async (item) => {
    const body = new URLSearchParams({
      csrf_token: token(), idempotency_key: item.key, row: item.row, act: item.act, said: item.said, sent: Date.now(),
    });
    return fetch(item.url, { method: "POST", body, redirect: "error" });
  };
  let busy = false;
  const deliver = async () => {
    if (busy) return;
    busy = true;
    try {
      for (const item of read().filter((one) => one.state === "waits")) {
        let answer = await send(item);
        if (answer.status === 400) {
          await freshToken();
          answer = await send(item);
        }
        if (answer.status >= 500 || answer.status === 429) break;
        const told = await answer.json().catch(() => ({ state: "refused", text: String(answer.status) }));
        if (told.state === "arrived") {
          change(item.key, { state: "arrived" });
          if (words.home) setTimeout(() => window.location.assign(words.home), 1500);
          setTimeout(() => drop(item.key), 4000);
        } else {
          change(item.key, { state: "refused", text: told.text || "" });
        }
      }
    } catch {
      // Still no network, or signed out: it stays where it is.
    } finally {
      busy = false;
    }
  };

  // Rows that htmx sends.
  document.body.addEventListener("htmx:sendError", (event) => {
    const form = event.target.closest("form[data-queue]");
    const config = event.detail.requestConfig;
    if (form && config) keep(form, config.parameters.act || (config.triggeringEvent.submitter || {}).value);
  });
  // Forms of whole pages: a page that cannot be loaded would take the tap with it.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.queue || form.hasAttribute("hx-post") || event.defaultPrevented) return;
    const button = event.submitter;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    if (button && button.name) body.set(button.name, button.value);
    try {
      const answer = await fetch(form.action, { method: "POST", body });
      if (answer.redirected) window.location.assign(answer.url);
      else document.documentElement.innerHTML = await answer.text();
    } catch {
      keep(form, button ? button.value : "");
      delete form.dataset.sent;
      panel.scrollIntoView({ block: "nearest" });
      if (form.dataset.queueNext) setTimeout(() => form.remove(), 300);
    }
  });

  // What came to an end while the page was closed is shown once more and then goes.
  draw(read());
  for (const item of read().filter((one) => one.state === "arrived")) setTimeout(() => drop(item.key), 4000);
  window.addEventListener("online", deliver);
  setInterval(deliver, 10000);
  deliver();
})();
