"use strict";
// Sorts the rows of a table by the column whose head is chosen.
(function () {
  const all = (selector, inside) => Array.from((inside || document).querySelectorAll(selector));

  for (const table of all("table.sortable")) {
    all("thead th", table).forEach((head, column) => {
      const button = document.createElement("button");
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const falling = head.getAttribute("aria-sort") === "ascending";
        all("thead th", table).forEach((each) => each.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", falling ? "descending" : "ascending");
        const key = (row) => {
          const text = row.cells[column].textContent.replace(/,/g, "");
          const number = head.dataset.sort === "text" ? NaN : parseFloat(text);
          return isNaN(number) ? text : number;
        };
        const rows = Array.from(table.tBodies[0].rows).sort((a, b) => {
          const [x, y] = [key(a), key(b)];
          if (typeof x === typeof y) return x < y ? -1 : x > y ? 1 : 0;
          return typeof x === "number" ? -1 : 1;
        });
        if (falling) rows.reverse();
        table.tBodies[0].append(...rows);
      });
    });
  }
})();
