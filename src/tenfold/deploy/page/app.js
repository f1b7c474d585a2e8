/* The page: pictures come in, each gets a card with its answer. */

const model = JSON.parse(document.getElementById("facts").textContent);
const [HEIGHT, WIDTH, CHANNELS] = model.shape;
const N_BARS = 5;
const BATCH = 8;
const FAR = 0.1; // From the confidence of an answer to that of the validation images that speak for it.
const predictor = model.predictor === "server" ? predictorOfServer(model) : predictorHere(model);
const spoken = document.querySelector(".spoken");
const list = document.querySelector(".answers");
let waiting = Promise.resolve();

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function percent(share, decimals = 1) {
  return `${(100 * share).toFixed(decimals)} %`;
}

/* Take files one after another; each gets its card at once. */
function take(files) {
  const all = [...files];
  if (!all.length) {
    say("That was not a picture. Drop or paste picture files.");
    return;
  }
  const cards = all.map((file) => newCard(file));
  list.prepend(...cards.map(({ card }) => card));
  document.querySelector(".clear").hidden = false;
  for (const each of cards) waiting = waiting.then(() => show(each));
}

function say(words) {
  spoken.textContent = words;
}

function newCard(file) {
  const name = file.name || "pasted picture";
  const words = element("p", { className: "verdict" }, "Waiting for the network ...");
  const remove = element("button", { type: "button", className: "remove" }, "Remove");
  remove.setAttribute("aria-label", `Remove ${name}`);
  const card = element("li", { className: "panel answer" },
    element("div", { className: "head" }, element("h2", {}, name), remove), words);
  remove.addEventListener("click", () => {
    card.remove();
    if (!list.children.length) document.querySelector(".clear").hidden = true;
    document.querySelector(".choose input").focus();
  });
  return { file, name, card, words };
}

async function show({ file, name, card, words }) {
  if (!card.isConnected) return;
  card.setAttribute("aria-busy", "true");
  try {
    await predictor.ready();
    const found = await predictor.look(file);
    const best = found.probabilities.indexOf(Math.max(...found.probabilities));
    const answer = `${model.classes[best]}, ${percent(found.probabilities[best])}`;
    words.replaceChildren(element("strong", {}, model.classes[best]), ` ${percent(found.probabilities[best])}`);
    const [seen, mattered] = [figure("as the network sees it"), figure("which pixels mattered")];
    mattered.explained = element("p", { className: "small muted" });
    const figures = element("div", {}, element("div", { className: "figures" }, original(file), seen.all, mattered.all), mattered.explained);
    const sure = found.unlike ? [] : howSure(found.probabilities[best]);
    const notes = warning(found);
    card.append(...notes, element("div", { className: "two" }, figures, bars(found.probabilities)),
      ...sure.map((sentence) => element("p", { className: "muted" }, sentence)));
    say([`${name}: ${answer}.`, ...notes.map((each) => each.textContent)].join(" "));
    if (found.pixels) {
      draw(seen.canvas, found.pixels);
      seen.canvas.setAttribute("aria-label", `${name} in ${WIDTH} by ${HEIGHT} pixels`);
      await map(found.pixels, best, found.probabilities[best], mattered);
    } else {
      seen.all.remove();
      mattered.all.remove();
      mattered.explained.textContent = "This browser cannot show pictures of this format.";
    }
  } catch (error) {
    const sentence = `Cannot read ${name}: ${error.message}`;
    words.textContent = sentence;
    card.classList.add("failed");
    say(sentence);
  }
  card.removeAttribute("aria-busy");
}

/* The picture as it was given, where the browser can show it. */
function original(file) {
  const picture = element("img", { alt: "", src: URL.createObjectURL(file) });
  const all = element("figure", {}, picture, element("figcaption", {}, "your picture"));
  picture.addEventListener("load", () => URL.revokeObjectURL(picture.src));
  picture.addEventListener("error", () => all.remove());
  return all;
}

function figure(caption) {
  const canvas = element("canvas", { width: WIDTH, height: HEIGHT });
  canvas.setAttribute("role", "img");
  return { canvas, all: element("figure", {}, canvas, element("figcaption", {}, caption)) };
}

function paint(canvas, colour) {
  const image = new ImageData(WIDTH, HEIGHT);
  for (let i = 0; i < WIDTH * HEIGHT; i++) image.data.set([...colour(i), 255], 4 * i);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function draw(canvas, pixels) {
  paint(canvas, (i) => Array.from({ length: 3 }, (_, c) => pixels[CHANNELS * i + (CHANNELS === 3 ? c : 0)]));
}

function bars(probabilities) {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
  const rows = order.map((label, rank) => {
    const bar = element("div", { className: "bar" });
    bar.style.width = `${100 * probabilities[label]}%`;
    const row = element("tr", { hidden: rank >= N_BARS }, element("th", { scope: "row" }, model.classes[label]),
      element("td", {}, percent(probabilities[label])), element("td", { className: "words" }, bar));
    if (!rank) row.className = "best";
    return row;
  });
  const head = element("tr", {}, element("th", { scope: "col" }, "class"),
    element("th", { scope: "col" }, "probability"), element("td"));
  const table = element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
  const all = element("div", {}, table);
  if (rows.length > N_BARS) {
    const more = element("button", { type: "button" }, `Show all ${rows.length} classes`);
    more.addEventListener("click", () => {
      for (const row of rows) row.hidden = false;
      more.remove();
    });
    all.append(more);
  }
  return all;
}

/* What validation says about answers with about this confidence. */
function howSure(confidence) {
  const { bins, name, threshold } = model.sureness;
  if (!bins.length) return [];
  const near = bins.reduce((a, b) => (Math.abs(b.confidence - confidence) < Math.abs(a.confidence - confidence) ? b : a));
  if (Math.abs(near.confidence - confidence) > FAR) {
    return [`Hardly any ${name} image was answered with about this confidence: nothing says how often such answers are right.`];
  }
  const [low, high] = near.interval_95.map((each) => percent(each, 0));
  const sentences = [
    `Of the ${counted(near.n)} ${name} images with the most similar confidence (${percent(near.confidence, 0)} on average), ` +
    `${percent(near.accuracy, 0)} were classified correctly (95 % interval ${low} to ${high}).`,
  ];
  if (threshold) {
    sentences.push(
      confidence >= threshold.confidence
        ? `From ${percent(threshold.confidence, 0)} confidence on, at least ${percent(1 - threshold.risk, 0)} of the answers were right.`
        : `At least ${percent(1 - threshold.risk, 0)} of the answers were right from ${percent(threshold.confidence, 0)} confidence on; this one is below.`,
    );
  }
  return sentences;
}

function warning(found) {
  if (!found.unlike) return [];
  return [element("p", { className: "warning" }, "This picture looks unlike the images that the network learnt from: its answer may mean nothing.")];
}

/* Cover one square after another by the mean colour, and paint how much probability that costs. */
async function map(pixels, label, probability, { canvas, explained, all }) {
  canvas.setAttribute("aria-busy", "true");
  const { drops, largest } = await occlusion(pixels, label, probability);
  paint(canvas, (i) => hue(largest ? drops[i] / largest : 0));
  const side = [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => [row, column]));
  const sums = side.map(([row, column]) => drops.reduce((sum, drop, i) =>
    sum + (Math.floor((3 * Math.floor(i / WIDTH)) / HEIGHT) === row && Math.floor((3 * (i % WIDTH)) / WIDTH) === column ? drop : 0), 0));
  const [row, column] = side[sums.indexOf(Math.max(...sums))];
  const place = row === 1 && column === 1 ? "middle" : `${["upper", "middle", "lower"][row]} ${["left", "centre", "right"][column]}`;
  canvas.setAttribute("aria-label", `The ${place} of the picture matters most for ${model.classes[label]}.`);
  canvas.removeAttribute("aria-busy");
  explained.textContent = `Covering orange places lowers the probability of ${model.classes[label]}, ` +
    `covering purple ones raises it: by up to ${(100 * largest).toFixed(1)} points.`;
  all.classList.add("done");
}

async function occlusion(pixels, label, probability) {
  const patch = Math.max(1, roundHalfEven(Math.min(HEIGHT, WIDTH) / 4));
  const stride = Math.max(1, Math.floor(patch / 2));
  const starts = (side) => {
    const found = [];
    for (let at = 0; at < side - patch; at += stride) found.push(at);
    return [...found, side - patch];
  };
  const squares = starts(HEIGHT).flatMap((top) => starts(WIDTH).map((left) => [top, left]));
  const mean = Array.from({ length: CHANNELS }, (_, c) => {
    let sum = 0;
    for (let i = c; i < pixels.length; i += CHANNELS) sum += pixels[i];
    return roundHalfEven(sum / (HEIGHT * WIDTH));
  });
  const inSquare = ([top, left], visit) => {
    for (let y = top; y < top + patch; y++) for (let x = left; x < left + patch; x++) visit(y * WIDTH + x);
  };
  const [sums, counts] = [new Float64Array(HEIGHT * WIDTH), new Float64Array(HEIGHT * WIDTH)];
  for (let at = 0; at < squares.length; at += BATCH) {
    const some = squares.slice(at, at + BATCH);
    const images = new Uint8Array(some.length * pixels.length);
    some.forEach((square, i) => {
      images.set(pixels, i * pixels.length);
      inSquare(square, (place) => images.set(mean, i * pixels.length + CHANNELS * place));
    });
    const found = await predictor.predict(images);
    some.forEach((square, i) => inSquare(square, (place) => {
      sums[place] += probability - found[i * model.classes.length + label];
      counts[place] += 1;
    }));
    await new Promise((resolve) => setTimeout(resolve)); // The page stays responsive.
  }
  const drops = sums.map((sum, i) => sum / counts[i]);
  return { drops, largest: drops.reduce((most, drop) => Math.max(most, Math.abs(drop)), 0) };
}

/* Orange for 1, white for 0, purple for -1. */
function hue(x) {
  const end = x > 0 ? [179, 88, 6] : [84, 39, 136];
  return end.map((each) => Math.round(247 + (each - 247) * Math.min(1, Math.abs(x))));
}

for (const input of document.querySelectorAll("input[type=file]")) {
  input.addEventListener("change", () => {
    if (input.files.length) take(input.files);
    input.value = "";
  });
}
document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length) take(event.clipboardData.files);
  else say("There is no picture in the clipboard. Copy a picture first, then paste it here.");
});
const zone = document.querySelector(".zone");
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  zone.classList.add("over");
});
document.addEventListener("dragleave", () => zone.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  zone.classList.remove("over");
  take(event.dataTransfer.files);
});
document.querySelector(".clear").addEventListener("click", () => {
  list.replaceChildren();
  document.querySelector(".clear").hidden = true;
  say("All pictures were removed.");
  document.querySelector(".choose input").focus();
});
document.body.classList.toggle("touch", navigator.maxTouchPoints > 0);
predictor.ready().then(
  () => document.body.classList.add("ready"),
  (error) => say(`The network cannot be loaded. ${error.message}`),
);
