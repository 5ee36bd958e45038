"use strict";
// A heading sorts its table, a search field hides rows, a button copies its lines, and the form of a
// gallery chooses marks and sorts pictures by what is left.
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
for (const gallery of document.querySelectorAll(".gallery")) {
  const form = gallery.querySelector("form");
  const shots = [...gallery.querySelectorAll(".shot")];
  const orders = {
    errors: ([a, b]) => a + (b ?? 0),
    name: () => 0,
    worse: ([a, b]) => b - a,
    better: ([a, b]) => a - b,
  };
  const update = () => {
    const chosen = Object.fromEntries(new FormData(form));
    const visible = ({ dataset: mark }) =>
      mark.kind in chosen &&
      ["label", "range"].every((key) => !chosen[key] || mark[key] === chosen[key]);
    for (const shot of shots) {
      shot.counts = [...shot.querySelectorAll("svg")].map((view) => {
        const marks = [...view.querySelectorAll("[data-kind]")];
        for (const mark of marks) mark.style.display = visible(mark) ? "" : "none";
        return marks.filter((mark) => mark.dataset.kind !== "found" && visible(mark)).length;
      });
      shot.hidden = !shot.counts.some(Boolean);
      shot.querySelector("b").textContent = shot.counts.join(" and ");
    }
    const key = orders[chosen.order];
    shots.sort((a, b) => key(b.counts) - key(a.counts) || compare(a.dataset.name, b.dataset.name));
    shots[0]?.parentNode.append(...shots);
    const left = shots.filter((shot) => !shot.hidden).length;
    form.querySelector("output").textContent = `${left} of ${shots.length} pictures`;
  };
  form.addEventListener("input", update);
  update();
}
