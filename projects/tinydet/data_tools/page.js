"use strict";
// A heading sorts its table, a search field hides rows, a button copies its lines.
const value = (row, column) => {
  const cell = row.cells[column];
  const number = Number(cell.dataset.value ?? NaN);
  return Number.isNaN(number) ? cell.textContent.trim() : number;
};
const compare = (a, b) =>
  typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));

for (const heading of document.querySelectorAll("th")) {
  const table = heading.closest("table");
  const column = heading.cellIndex;
  const first = table.tBodies[0].rows[0];
  if (first?.cells[column]?.classList.contains("number")) heading.classList.add("number");
  heading.firstChild.addEventListener("click", () => {
    const descending = heading.getAttribute("aria-sort") === "ascending";
    for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => compare(value(a, column), value(b, column)) * (descending ? -1 : 1));
    table.tBodies[0].append(...rows);
  });
}
for (const field of document.querySelectorAll('input[type="search"]')) {
  const rows = field.parentNode.querySelector("tbody").rows;
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.nextElementSibling.textContent);
      button.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(button.nextElementSibling); // a page from a file may not copy
    }
  });
}
