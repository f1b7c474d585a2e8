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
        button.title = data.names[at];
        button.setAttribute(
          "aria-label",
          `${data.names[at]}: actual ${data.classes[actual[at]]}, predicted ${data.classes[predicted(at)]}` +
            `, ${percent(confidence(at))}, ${right ? "right" : "wrong"}`
        );
        button.setAttribute("aria-pressed", String(at === chosen));
        button.append(canvas, words);
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
      `${data.names[at]}: actual class ${data.classes[actual[at]]}, predicted ${data.classes[predicted(at)]}`;
    find("tbody", panel).replaceChildren(
      ...Array.from({ length: shown }, (_, rank) => {
        const row = document.createElement("tr");
        const share = shares[at * shown + rank] / 65535;
        const name = document.createElement("td");
        name.textContent = data.classes[best[at * shown + rank]];
        const value = document.createElement("td");
        value.textContent = percent(share);
        const bar = document.createElement("td");
        const meter = document.createElement("meter");
        meter.value = share;
        meter.setAttribute("aria-hidden", "true");
        bar.append(meter);
        row.append(name, value, bar);
        return row;
      })
    );
    for (const each of all(".tiles button", box)) {
      each.setAttribute("aria-pressed", String(Number(each.dataset.at) === at));
    }
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
