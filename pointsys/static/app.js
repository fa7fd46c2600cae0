// What pages do beyond plain links and forms. Everything works without this file, a little less comfortably.
"use strict";

(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];

  // The menu on small screens.
  const menuButton = document.querySelector("[data-toggle-menu]");
  const menu = document.getElementById("menu");
  const setMenu = (open) => {
    menu.classList.toggle("open", open);
    menuButton.setAttribute("aria-expanded", String(open));
  };
  if (menuButton && menu) {
    menuButton.addEventListener("click", (event) => {
      event.preventDefault();
      setMenu(!menu.classList.contains("open"));
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.classList.contains("open")) {
        setMenu(false);
        menuButton.focus();
      }
    });
  }
  document.addEventListener("click", (event) => {
    for (const open of all("details.user-menu[open]")) {
      if (!open.contains(event.target)) open.removeAttribute("open");
    }
  });

  // Picking rows for the batch bar.
  const picks = (form) => all(`[data-pick="${form}"]`);
  // form.id would be the field that is called "id", where there is one.
  const idOf = (form) => form.getAttribute("id");
  const refresh = (bar) => {
    const boxes = picks(idOf(bar));
    const picked = boxes.filter((box) => box.checked).length;
    bar.hidden = picked === 0;
    bar.querySelector("[data-batch-count]").textContent = picked;
    for (const head of all(`[data-pick-all="${idOf(bar)}"]`)) {
      head.checked = picked > 0 && picked === boxes.length;
      head.indeterminate = picked > 0 && picked < boxes.length;
    }
  };
  for (const bar of all("form[data-batch]")) {
    const update = () => refresh(bar);
    picks(idOf(bar)).forEach((box) => box.addEventListener("change", update));
    for (const head of all(`[data-pick-all="${idOf(bar)}"]`)) {
      head.addEventListener("change", () => {
        picks(idOf(bar)).forEach((box) => { box.checked = head.checked; });
        update();
      });
    }
    const clear = bar.querySelector("[data-batch-clear]");
    if (clear) clear.addEventListener("click", () => {
      picks(idOf(bar)).forEach((box) => { box.checked = false; });
      update();
    });
    update();
  }

  // Asking before an act: data-confirm on a form or on its button; {n} stands for the number of picked rows.
  const dialog = document.getElementById("confirm-dialog");
  let waiting = null;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    const text = (button && button.dataset.confirm) || form.dataset.confirm;
    if (!text || !dialog || form.dataset.confirmed) {
      delete form.dataset.confirmed;
      return;
    }
    event.preventDefault();
    const n = picks(idOf(form) || "-").filter((box) => box.checked).length;
    document.getElementById("confirm-text").textContent = text.replace("{n}", n);
    waiting = { form, button };
    dialog.showModal();
  });
  if (dialog) {
    dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
    dialog.querySelector("[data-go]").addEventListener("click", () => {
      dialog.close();
      waiting.form.dataset.confirmed = "1";
      waiting.form.requestSubmit(waiting.button || undefined);
    });
  }

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method === "get") return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

  // A form with data-keep that is refused comes back filled in: the page that says why gives the values back, in this
  // tab and on the next page only, without files and what is hidden.
  const KEPT = "pointsys.kept";
  const said = document.querySelector("main > .notice:has(~ .page-head, ~ h1)");
  const takeKept = () => {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEPT));
      sessionStorage.removeItem(KEPT);
      return kept;
    } catch {
      return null;
    }
  };
  const kept = takeKept();
  const again = kept && kept.path === location.pathname && said && said.matches(".notice-danger")
    && all("form[data-keep]").find((form) => form.getAttribute("action") === kept.action);
  if (again) {
    for (const field of again.elements) {
      const values = kept.values[field.name];
      if (!values || ["hidden", "file", "password"].includes(field.type)) continue;
      if (["checkbox", "radio"].includes(field.type)) field.checked = values.includes(field.value);
      else field.value = values[0];
    }
    for (let node = again; node; node = node.parentElement) if (node.matches("details")) node.open = true;
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !("keep" in form.dataset)) return;
    const values = {};
    for (const field of form.elements) {
      const leftOut = ["hidden", "file", "password", "submit", "button"].includes(field.type);
      if (!field.name || leftOut || (["checkbox", "radio"].includes(field.type) && !field.checked)) continue;
      (values[field.name] ||= []).push(field.value);
    }
    try {
      sessionStorage.setItem(KEPT, JSON.stringify({ path: location.pathname, action: form.getAttribute("action"), values }));
    } catch {
      // A browser that keeps nothing: what was typed is lost as before.
    }
  });
  // What was done or refused stands at the top: an address that leads further down the page must not hide it.
  if (said && location.hash) {
    window.addEventListener("load", () => setTimeout(() => said.scrollIntoView({ block: "center" })));
  }

  // What can be taken back shows for how long; the server refuses later.
  for (const toast of all("[data-toast]")) {
    let left = Number(toast.dataset.toast);
    const tick = setInterval(() => {
      left -= 1;
      toast.querySelector("[data-toast-left]").textContent = left;
      if (left > 0) return;
      clearInterval(tick);
      toast.remove();
    }, 1000);
  }

  // A list that was asked for on paper prints itself, once.
  if ("printNow" in document.body.dataset) window.addEventListener("load", () => window.print());
  // Who printed it stands on each sheet: the head of a table comes again on every one, a line below it does not.
  const mark = document.querySelector("[data-print-mark]");
  const markRow = (table) => {
    const cell = document.createElement("th");
    cell.colSpan = table.tHead.rows[0].cells.length;
    cell.textContent = mark.textContent;
    const row = document.createElement("tr");
    row.className = "print-mark-row";
    row.append(cell);
    table.tHead.prepend(row);
  };
  if (mark) {
    window.addEventListener("beforeprint", () => all("main table.list").filter((t) => t.tHead).forEach(markRow));
    window.addEventListener("afterprint", () => all(".print-mark-row").forEach((row) => row.remove()));
  }
  for (const button of all("[data-print]")) button.addEventListener("click", () => window.print());
  for (const button of all("[data-back]")) button.addEventListener("click", () => window.history.back());
  for (const button of all("[data-copy]")) {
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      source.select();
      if (navigator.clipboard) await navigator.clipboard.writeText(source.value);
      button.classList.add("copied");
    });
  }

  // The first field with an error gets the focus.
  const wrong = document.querySelector(".is-invalid");
  if (wrong) wrong.focus();
})();
