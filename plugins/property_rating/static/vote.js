// The survey without a new page for each answer: the key "back" of the phone leads to the question before, instead of
// to the browser's page that asks whether a form shall be sent again. Without this file each answer loads a page.
"use strict";

(() => {
  const main = document.getElementById("content");
  const survey = () => main.querySelector("form[data-vote]");
  if (!survey() || !window.fetch || !history.pushState) return;
  let place = 0;

  const show = async (form, button) => {
    const body = new URLSearchParams(new FormData(form));
    if (button && button.name) body.append(button.name, button.value);
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const content = page.getElementById("content");
    if (!content) throw new Error("no page");
    main.replaceChildren(...content.childNodes);
    document.title = page.title;
    window.scrollTo(0, 0);
    main.focus({ preventScroll: true });
    return answer;
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    if (event.defaultPrevented || !("vote" in form.dataset)) return;
    event.preventDefault();
    try {
      const answer = await show(form, button);
      if (!survey()) history.replaceState({ place: 0 }, "", answer.url);
      else if (!button || button.name !== "back") history.pushState({ place: (place += 1) }, "");
    } catch {
      // No network, or no page came back: the browser sends it, and says what is wrong.
      if (button && button.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }));
      form.submit();
    }
  });

  window.addEventListener("popstate", (event) => {
    const form = survey();
    const before = form && (form.querySelector("button[name=back]") || [...form.querySelectorAll("button[name=change]")].pop());
    const reached = (event.state && event.state.place) || 0;
    if (!before || !reached || reached > place) {
      location.reload();
      return;
    }
    place = reached;
    show(form, before).catch(() => location.reload());
  });
})();
