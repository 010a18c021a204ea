"use strict";
/* A button that prints the page; it stays hidden where no script runs, and the browser's own menu prints as well. */

document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
});
