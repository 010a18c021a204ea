"use strict";
/* Everything works without this file. It makes errors easier to reach and tells when a quicker request failed. */

document.addEventListener("DOMContentLoaded", () => {
  focusErrors(document);
  closeMenusOnLeave();
});

document.addEventListener("htmx:afterSwap", (event) => focusErrors(event.target));
document.addEventListener("htmx:sendError", () => toast("offline"));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  toast(status === 403 ? "refused" : status === 409 ? "changed" : "failed");
});
// A refused form (400) or a conflict (409) comes back as a page part that should be shown.
document.addEventListener("htmx:beforeSwap", (event) => {
  const xhr = event.detail.xhr;
  const isPart = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/html");
  if ((xhr.status === 400 || xhr.status === 409 || xhr.status === 422) && isPart && xhr.getResponseHeader("HX-Show") === "true") {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

function focusErrors(root) {
  const summary = root.querySelector && root.querySelector("[data-focus-errors]");
  if (summary) summary.focus();
}

function closeMenusOnLeave() {
  for (const menu of document.querySelectorAll("details.menu")) {
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
  }
}

function toast(kind) {
  const place = document.getElementById("toast");
  if (!place) return;
  place.textContent = place.dataset[kind] || place.dataset.failed;
  place.hidden = false;
  window.setTimeout(() => { place.hidden = true; }, 8000);
}
