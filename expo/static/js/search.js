"use strict";
/* The keys of the search box: suggestions come by htmx; arrows choose one, Enter goes there, Escape puts them away. */

document.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll("[data-suggest]")) openTo(place);
});

function openTo(place) {
  const input = place.querySelector("input");
  const list = () => place.querySelector("[role=listbox]");
  const options = () => [...place.querySelectorAll("[role=option]")];
  let at = -1;

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");

  function choose(number) {
    at = number;
    options().forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    const chosen = options()[at];
    if (chosen) {
      input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function show(isOpen) {
    const found = list();
    const isShown = Boolean(isOpen && found);
    if (found) found.hidden = !isShown;
    if (isShown) input.setAttribute("aria-controls", found.id);
    else input.removeAttribute("aria-controls");
    input.setAttribute("aria-expanded", String(isShown));
    choose(-1);
  }

  place.addEventListener("htmx:afterSwap", () => show(document.activeElement === input && input.value.trim() !== ""));
  place.addEventListener("focusout", (event) => { if (!place.contains(event.relatedTarget)) show(false); });
  // Before the box loses the focus, which would put the list away.
  place.addEventListener("mousedown", (event) => { if (event.target.closest("[role=option]")) event.preventDefault(); });
  place.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) window.location.assign(option.dataset.address);
  });
  input.addEventListener("keydown", (event) => {
    const isOpen = input.getAttribute("aria-expanded") === "true";
    if (event.isComposing) return;
    if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      show(false);
    } else if (event.key === "Enter" && isOpen && options()[at]) {
      event.preventDefault();
      window.location.assign(options()[at].dataset.address);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && list()) {
      event.preventDefault();
      const before = at;
      if (!isOpen) show(true);
      const count = options().length;
      choose(event.key === "ArrowDown" ? (before + 1) % count : (before <= 0 ? count : before) - 1);
    }
  });
}
