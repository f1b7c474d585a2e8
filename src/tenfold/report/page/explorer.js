"use strict";
// The explorer of test images; the rest of the page works without it.
(function () {
  const find = (selector, inside) => (inside || document).querySelector(selector);
  const all = (selector, inside) => Array.from((inside || document).querySelectorAll(selector));

  const source = find("#images");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const numbers = (text) => {
    const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Uint16Array.from({ length: bytes.length / 2 }, (_, at) => view.getUint16(2 * at, true));
  };
  const actual = numbers(data.actual);
  const best = numbers(data.best);
  const shares = numbers(data.probabilities);
  const shown = data.n_shown;
  const n = actual.length;
  const predicted = (at) => best[at * shown];
  const confidence = (at) => shares[at * shown] / 65535;
  const percent = (share) => (100 * share).toFixed(1) + " %";
  const PER_PAGE = 60;
  const sheet = find("#sheet");
  const box = find(".explorer");
  const field = (name) => find("[name=" + name + "]", box);
  let found = [];
  let page = 0;
  let chosen = -1;

  function draw(canvas, at) {
    const { side_px, height_px, width_px, n_columns } = data.sheet;
    canvas.width = width_px;
    canvas.height = height_px;
    const left = (at % n_columns) * side_px;
    const top = Math.floor(at / n_columns) * side_px;
    canvas.getContext("2d").drawImage(sheet, left, top, width_px, height_px, 0, 0, width_px, height_px);
  }

  function filter() {
    const of = (name) => field(name).value;
    const wanted = { actual: of("actual"), predicted: of("predicted"), result: of("result") };
    const least = Number(of("least"));
    const most = Number(of("most"));
    found = [];
    for (let at = 0; at < n; at += 1) {
      const right = predicted(at) === actual[at];
      if (wanted.actual !== "" && actual[at] !== Number(wanted.actual)) continue;
      if (wanted.predicted !== "" && predicted(at) !== Number(wanted.predicted)) continue;
      if (wanted.result !== "" && right !== (wanted.result === "right")) continue;
      if (100 * confidence(at) < least || 100 * confidence(at) > most) continue;
      found.push(at);
    }
    const order = of("order");
    if (order === "surest") found.sort((a, b) => confidence(b) - confidence(a));
    if (order === "least") found.sort((a, b) => confidence(a) - confidence(b));
    page = 0;
    show();
  }

  function show() {
    const tiles = find(".tiles", box);
    const some = found.slice(page * PER_PAGE, (page + 1) * PER_PAGE);
    tiles.replaceChildren(
      ...some.map((at) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        const canvas = document.createElement("canvas");
        const words = document.createElement("span");
        const right = predicted(at) === actual[at];
        words.className = right ? "right" : "wrong";
        words.textContent = data.classes[predicted(at)];
        const sure = document.createElement("span");
        const truth = right ? "" : `, is ${data.classes[actual[at]]}`;
        sure.textContent = (100 * confidence(at)).toFixed(0) + " %" + truth;
        button.title = data.names[at];
        button.setAttribute(
          "aria-label",
          `${data.names[at]}: actual ${data.classes[actual[at]]}, predicted ${data.classes[predicted(at)]}` +
            `, ${percent(confidence(at))}, ${right ? "right" : "wrong"}`
        );
        button.setAttribute("aria-pressed", String(at === chosen));
        button.append(canvas, words, sure);
        button.addEventListener("click", () => choose(at));
        button.dataset.at = at;
        item.append(button);
        draw(canvas, at);
        return item;
      })
    );
    const n_pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
    find(".count", box).textContent =
      `${found.length.toLocaleString("en")} of ${n.toLocaleString("en")} images, page ${page + 1} of ${n_pages}`;
    find("[data-go='-1']", box).disabled = page === 0;
    find("[data-go='1']", box).disabled = page >= n_pages - 1;
  }

  function choose(at) {
    chosen = at;
    const panel = find(".shown", box);
    panel.hidden = false;
    draw(find("canvas", panel), at);
    find(".facts", panel).textContent =
      `${data.names[at]}: actual class ${data.classes[actual[at]]}, predicted ${data.classes[predicted(at)]}` +
      ` (${predicted(at) === actual[at] ? "right" : "wrong"})`;
    const ranks = Array.from({ length: shown }, (_, rank) => at * shown + rank);
    const rows = ranks.map((place) => rowOf(best[place], shares[place] / 65535, at));
    if (!ranks.some((place) => best[place] === actual[at])) rows.push(rowOf(actual[at], null, at));
    find("tbody", panel).replaceChildren(...rows);
    const place = found.indexOf(at);
    for (const button of all("[data-step]", panel)) {
      const near = found[place + Number(button.dataset.step)];
      button.disabled = place < 0 || near === undefined;
      if (!button.disabled) draw(find("canvas", button), near);
    }
    for (const each of all(".tiles button", box)) {
      each.setAttribute("aria-pressed", String(Number(each.dataset.at) === at));
    }
  }

  // A row of the table of probabilities; without a share, the class is not among the likeliest.
  function rowOf(label, share, at) {
    const row = document.createElement("tr");
    const isActual = label === actual[at];
    const isPredicted = label === predicted(at);
    if (isActual) row.classList.add("is-actual");
    if (isPredicted) row.classList.add("is-predicted", isActual ? "is-right" : "is-wrong");
    const roles = [isActual ? "actual" : "", isPredicted ? "predicted" : ""].filter(Boolean);
    const [name, value, cell] = ["td", "td", "td"].map((tag) => document.createElement(tag));
    name.textContent = data.classes[label] + (roles.length ? ` (${roles.join(", ")})` : "");
    value.textContent = share === null ? "lower" : percent(share);
    const bar = document.createElement("div");
    bar.className = "bar";
    bar.style.width = `${100 * (share || 0)}%`;
    cell.append(bar);
    row.append(name, value, cell);
    return row;
  }

  function step(by) {
    const place = found.indexOf(chosen) + by;
    if (place < 0 || place >= found.length) return;
    if (Math.floor(place / PER_PAGE) !== page) {
      page = Math.floor(place / PER_PAGE);
      show();
    }
    choose(found[place]);
  }

  for (const name of ["actual", "predicted"]) {
    data.classes.forEach((text, label) => field(name).append(new Option(text, label)));
  }
  all("select", box).forEach((each) => each.addEventListener("change", filter));
  find(".clear", box).addEventListener("click", () => {
    all("select", box).forEach((each) => (each.selectedIndex = each.dataset.first || 0));
    filter();
  });
  all("[data-go]", box).forEach((each) =>
    each.addEventListener("click", () => {
      page += Number(each.dataset.go);
      show();
    })
  );
  all("[data-step]", box).forEach((each) =>
    each.addEventListener("click", () => step(Number(each.dataset.step)))
  );
  box.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !event.target.closest(".tiles, .shown")) return;
    const amongTiles = event.target.closest(".tiles");  // A new page of tiles replaces the target.
    event.preventDefault();
    step(by);
    const tile = find(`.tiles [data-at="${chosen}"]`, box);
    if (amongTiles && tile) tile.focus();
  });
  for (const cell of all(".matrix button[data-actual]")) {
    cell.addEventListener("click", () => {
      field("actual").value = cell.dataset.actual;
      field("predicted").value = cell.dataset.predicted;
      field("result").value = "";
      filter();
      box.scrollIntoView();
      find("h3", box).focus();
    });
  }
  const ready = () => {
    box.hidden = false;
    filter();
  };
  if (sheet.complete) ready();
  else sheet.addEventListener("load", ready);
})();
