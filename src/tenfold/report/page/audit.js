// Decide image by image, and download the table with these decisions.
(() => {
  const [header, ...rows] = JSON.parse(document.getElementById("rows").textContent);
  const box = document.querySelector(".decide");
  if (!box) return;
  const suspects = [...document.querySelectorAll("button.suspect")];
  const status = box.querySelector("[role=status]");
  box.hidden = false;

  function count() {
    const out = new Set(rows.map((row, at) => at).filter((at) => rows[at].endsWith(",no")));
    const written = (n) => n.toLocaleString("en-GB");
    status.textContent = `${written(out.size)} of ${written(rows.length)} rows with keep = no`;
  }

  function decide(button, leaveOut) {
    const at = Number(button.dataset.row);
    rows[at] = rows[at].replace(/,(yes|no)$/, leaveOut ? ",no" : ",yes");
    button.setAttribute("aria-pressed", String(leaveOut));
    count();
  }

  for (const [number, button] of suspects.entries()) {
    button.addEventListener("click", () => decide(button, button.getAttribute("aria-pressed") !== "true"));
    button.addEventListener("keydown", (event) => {
      const key = event.key.toLowerCase();
      if ((key !== "k" && key !== "d") || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      decide(button, key === "d");
      suspects[number + 1]?.focus();
    });
  }

  box.querySelector(".download").addEventListener("click", () => {
    const text = [header, ...rows].join("\n") + "\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = "quarantine.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  count();
})();
