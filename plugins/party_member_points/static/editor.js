// The scheme editor: what is typed is checked after a short pause, the form follows the text and the text the form.
// Without this file the buttons do the same by loading the page anew.
"use strict";

(() => {
  const editor = document.getElementById("scheme-editor");
  if (!editor) return;
  const part = (name) => editor.querySelector(`[data-${name}]`);
  const text = part("text");
  const gutter = part("gutter");
  const saved = part("saved");
  const first = text.value;
  let asked = 0;
  let timer = null;
  let leaving = false;
  document.body.classList.add("has-editor");

  // Line numbers, which scroll with the text.
  const number = () => {
    const lines = text.value.split("\n").length;
    if (gutter.childElementCount === 0 && gutter.dataset.lines === String(lines)) return;
    gutter.dataset.lines = lines;
    gutter.textContent = Array.from({ length: lines }, (_, at) => at + 1).join("\n") + "\n\n";
    gutter.scrollTop = text.scrollTop;
  };
  text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });

  const touched = () => {
    saved.textContent = text.value === first ? "" : editor.dataset.unsaved;
    number();
  };

  // Fields that say nothing in the chosen way of counting are put away.
  const showFields = (row) => {
    const mode = row.querySelector("[data-mode]");
    if (!mode) return;
    for (const field of row.querySelectorAll("[data-modes]")) {
      const input = field.querySelector("input");
      field.hidden = !field.dataset.modes.split(" ").includes(mode.value) && !(input && input.value);
    }
  };
  const showAllFields = () => editor.querySelectorAll("[data-item]").forEach(showFields);

  const openRows = () => new Set([...editor.querySelectorAll("details[data-row][open]")].map((row) => row.dataset.row));
  const putForm = (html, open) => {
    const focus = document.activeElement && document.activeElement.name;
    part("form").innerHTML = html;
    for (const row of editor.querySelectorAll("details[data-row]")) row.open = open.has(row.dataset.row);
    showAllFields();
    const again = focus && part("form").querySelector(`[name="${CSS.escape(focus)}"]`);
    if (again) again.focus();
  };

  const look = async (act, redraw) => {
    const turn = ++asked;
    const data = new FormData(editor);
    data.set("act", act);
    let found;
    try {
      const answer = await fetch(editor.dataset.look, { method: "POST", body: data, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      found = await answer.json();
    } catch (error) {
      if (turn === asked) saved.textContent = editor.dataset.failed;
      return;
    }
    // Somebody typed on meanwhile: the next answer counts.
    if (turn !== asked) return;
    if (act !== "text" && found.text !== text.value) {
      const top = text.scrollTop;
      text.value = found.text;
      text.scrollTop = top;
    }
    part("findings").innerHTML = found.findings;
    const open = openRows();
    if (act.startsWith("add-")) {
      const kind = act.slice(4);
      putForm(found.form, open);
      const rows = [...editor.querySelectorAll(`details[data-row^="${kind}-"]`)];
      const added = rows[kind === "grade" ? Math.max(rows.length - 2, 0) : rows.length - 1];
      if (added) {
        added.open = true;
        added.scrollIntoView({ block: "center" });
        added.querySelector("input, select").focus();
      }
    } else if (redraw) putForm(found.form, open);
    touched();
  };

  const later = (act, redraw, pause) => {
    clearTimeout(timer);
    timer = setTimeout(() => look(act, redraw), pause);
  };

  text.addEventListener("input", () => { touched(); later("text", true, 500); });
  editor.addEventListener("input", (event) => {
    if (event.target === text || event.target.id === "next-from") return;
    if (event.target.type === "checkbox" || event.target.tagName === "SELECT") return;
    later("form", false, 400);
  });
  editor.addEventListener("change", (event) => {
    if (event.target === text || event.target.id === "next-from") return;
    const row = event.target.closest("[data-item]");
    if (row) showFields(row);
    later("form", "redraw" in event.target.dataset || event.target.name.endsWith("-title"), 0);
  });

  editor.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]");
    if (act) {
      event.preventDefault();
      clearTimeout(timer);
      look(act.value, true);
      return;
    }
    const jump = event.target.closest("[data-line]");
    if (!jump) return;
    const lines = text.value.split("\n");
    const at = Number(jump.dataset.line) - 1;
    const start = lines.slice(0, at).reduce((sum, line) => sum + line.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[at] || "").length);
    text.scrollTop = Math.max(0, (text.scrollHeight / lines.length) * (at - 5));
  });

  editor.addEventListener("submit", () => { leaving = true; });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && text.value !== first) event.preventDefault();
  });

  // Enter in a field of the form is no order to save.
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.tagName === "INPUT") event.preventDefault();
  });

  number();
  showAllFields();
})();
