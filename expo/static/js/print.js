"use strict";
/* A button that prints the page; it stays hidden where no script runs, and the browser's own menu prints as well. */

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
// Also in parts of the page that come later.
for (const moment of ["DOMContentLoaded", "htmx:afterSettle"]) {
  document.addEventListener(moment, () => {
    for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
  });
}
