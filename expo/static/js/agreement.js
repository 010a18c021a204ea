"use strict";
/* The sheet of an agreement works without this file. It shows the amount in yuan while it is typed, and greys out the amount that is not disclosed. */

document.addEventListener("DOMContentLoaded", () => {
  const place = document.querySelector("[data-in-yuan]");
  const amount = document.getElementById("id_amount");
  if (!place || !amount) return;
  const edition = document.getElementById("id_edition");
  const currency = document.getElementById("id_currency");
  const hidden = document.getElementById("id_is_undisclosed");
  let asked = 0;

  async function show() {
    const turn = ++asked;
    amount.disabled = currency.disabled = hidden.checked;
    if (hidden.checked || !amount.value.trim()) { place.textContent = "–"; return; }
    const query = new URLSearchParams({ edition: edition.value, amount: amount.value, currency: currency.value });
    const answer = await fetch(`${place.dataset.inYuan}?${query}`, { headers: { Accept: "application/json" } });
    if (answer.ok && turn === asked) place.textContent = (await answer.json()).text;
  }

  for (const field of [amount, edition, currency, hidden]) {
    field.addEventListener(field === amount ? "input" : "change", () => window.setTimeout(show, field === amount ? 200 : 0));
  }
  if (hidden.checked) show();
});
