// Keys for people who work cases all day. Every page works without this file; each key does what a link
// or a field of the page does. Nothing happens while somebody types, with a modifier, or once a person
// switched it off (WCAG 2.2, 2.1.4), which this device remembers.
"use strict";

(() => {
  const box = document.querySelector("[data-keys]");
  if (!box) return;
  const dialog = box.querySelector("dialog");
  const toggle = box.querySelector("[data-keys-toggle]");
  const state = box.querySelector("[data-keys-state]");
  const NAME = "kanuki-desk-keys";
  const PLACES = { q: "/desk", r: "/desk/risk", a: "/desk/approvals" };

  // A browser may keep nothing: then it is on, and off for as long as the page is open.
  let isOn = true;
  try {
    isOn = localStorage.getItem(NAME) !== "off";
  } catch { /* Nothing is kept. */ }

  function show() {
    toggle.textContent = isOn ? toggle.dataset.off : toggle.dataset.on;
    state.textContent = isOn ? state.dataset.on : state.dataset.off;
  }

  toggle.addEventListener("click", () => {
    isOn = !isOn;
    try {
      localStorage.setItem(NAME, isOn ? "on" : "off");
    } catch { /* Nothing is kept. */ }
    show();
  });
  box.querySelector("[data-keys-open]").addEventListener("click", () => dialog.showModal());
  box.querySelector("[data-keys-close]").addEventListener("click", () => dialog.close());
  show();
  box.hidden = false;

  /** The cases of this page that can be seen, in their order. */
  const cases = () => [...document.querySelectorAll("main tbody tr")]
    .map((row) => row.querySelector('a[href^="/desk/cases/"]'))
    .filter((link) => link && link.offsetParent);

  function step(by) {
    const all = cases();
    const at = all.indexOf(document.activeElement);
    const begin = by > 0 ? 0 : all.length - 1;
    const next = at < 0 ? begin : Math.min(Math.max(at + by, 0), all.length - 1);
    all[next]?.focus();
  }

  const ACTS = {
    j: () => step(1),
    k: () => step(-1),
    o: () => { if (cases().includes(document.activeElement)) document.activeElement.click(); },
    n: () => document.querySelector("#note textarea")?.focus(),
    "/": () => {
      const field = document.querySelector("#find input");
      if (field) field.focus();
      else location.assign("/desk/find");
    },
    "?": () => dialog.showModal(),
  };

  let isGoing = false;
  document.addEventListener("keydown", (event) => {
    const isBusy = event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey
      || event.altKey || dialog.open
      || event.target.closest?.("input, textarea, select, [contenteditable]");
    // The press on a modifier that comes before `?` is no key of its own.
    if (!isOn || isBusy || event.key === "Shift") return;
    const wasGoing = isGoing;
    isGoing = event.key === "g" && !wasGoing;
    const place = wasGoing && Object.hasOwn(PLACES, event.key) ? PLACES[event.key] : null;
    if (place) {
      event.preventDefault();
      location.assign(place);
    } else if (Object.hasOwn(ACTS, event.key)) {
      event.preventDefault();
      ACTS[event.key]();
    }
  });
})();
