/* Bring a picture to the network's size with the numbers that Pillow's Lanczos filter gives: the
   same weights as whole numbers of 22 bits, and the same order of rows and columns, since values
   are clipped in between. */

const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);
const SUPPORT = 3;
const STRIP = 4e6;

function sinc(x) {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

function lanczos(x) {
  return x >= -SUPPORT && x < SUPPORT ? sinc(x) * sinc(x / SUPPORT) : 0;
}

/* For each output pixel, the first input pixel and the weights of it and of those after it.
   The output shows the input from `begin` to `end`, in pixels. */
function lanczosWeights(inSize, begin, end, outSize) {
  const scale = Math.fround(end - begin) / outSize;
  const filterScale = Math.max(scale, 1);
  const support = SUPPORT * filterScale;
  return Array.from({ length: outSize }, (_, i) => {
    const centre = begin + (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const last = Math.min(inSize, Math.trunc(centre + support + 0.5));
    const weights = Array.from({ length: last - first }, (__, x) => lanczos((x + first - centre + 0.5) * (1 / filterScale)));
    const sum = weights.reduce((total, each) => total + each, 0);
    const whole = weights.map((each) => {
      const share = (sum ? each / sum : each) * (1 << PRECISION_BITS);
      return Math.trunc(share < 0 ? share - 0.5 : share + 0.5);
    });
    return { first, whole: Int32Array.from(whole) };
  });
}

/* The sum of products, with its one half, as a whole number in 0..255. */
function clipped(sum) {
  const value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/* Call `visit` with each row of a picture: its pixels, where in them it begins, and its number. */
function eachRow(picture, visit) {
  const n = Math.max(1, Math.floor(STRIP / picture.width)); // A few megabytes at a time.
  for (let top = 0; top < picture.height; top += n) {
    const rows = Math.min(n, picture.height - top);
    const strip = picture.rows(top, rows);
    for (let y = 0; y < rows; y++) visit(strip, 3 * y * picture.width, top + y);
  }
}

function resizedAcross(picture, weights) {
  const width = weights.length;
  const pixels = new Uint8Array(3 * width * picture.height);
  eachRow(picture, (strip, from, y) => {
    for (let x = 0, to = 3 * y * width; x < width; x++, to += 3) {
      const { first, whole } = weights[x];
      let [red, green, blue] = [HALF, HALF, HALF];
      for (let i = 0, at = from + 3 * first; i < whole.length; i++, at += 3) {
        red += Math.imul(strip[at], whole[i]);
        green += Math.imul(strip[at + 1], whole[i]);
        blue += Math.imul(strip[at + 2], whole[i]);
      }
      pixels[to] = clipped(red);
      pixels[to + 1] = clipped(green);
      pixels[to + 2] = clipped(blue);
    }
  });
  return inMemory({ width, height: picture.height, pixels });
}

function resizedDown(picture, weights) {
  const [rowLength, height] = [3 * picture.width, weights.length];
  const sums = new Int32Array(rowLength * height).fill(HALF);
  eachRow(picture, (strip, from, y) => {
    weights.forEach(({ first, whole }, line) => {
      const weight = whole[y - first];
      if (!weight) return; // None where this row is not seen.
      for (let i = 0, to = line * rowLength; i < rowLength; i++) sums[to + i] += Math.imul(strip[from + i], weight);
    });
  });
  return inMemory({ width: picture.width, height, pixels: Uint8Array.from(sums, clipped) });
}

/* Resize the part `box` (left, top, right, bottom, in pixels) of a picture to width x height.
   A picture has `width`, `height` and `rows(y, n)`, which gives red, green, blue of some rows. */
function resized(picture, width, height, box = [0, 0, picture.width, picture.height]) {
  const [left, top, right, bottom] = box.map(Math.fround);
  const across = lanczosWeights(picture.width, left, right, width);
  const down = lanczosWeights(picture.height, top, bottom, height);
  const isWide = width === picture.width && left === 0 && right === width;
  const isHigh = height === picture.height && top === 0 && bottom === height;
  const passes = [
    (from) => (isWide ? from : resizedAcross(from, across)),
    (from) => (isHigh ? from : resizedDown(from, down)),
  ];
  const lost = picture.height - height;
  if (lost > 0 && lost > 2 * (picture.width - width)) passes.reverse(); // As Pillow 13 does.
  return passes.reduce((from, pass) => pass(from), picture).rows(0, height);
}

function roundHalfEven(x) {
  const whole = Math.round(x);
  return whole - x === 0.5 && whole % 2 ? whole - 1 : whole;
}

/* Bring a picture to width x height: `crop` cuts the overhang off, `pad` puts it on white,
   `squash` stretches it. */
function fitted(picture, width, height, fit) {
  if (picture.width === width && picture.height === height) return picture.rows(0, height).slice();
  if (fit === "squash") return resized(picture, width, height);
  return fit === "pad" ? padded(picture, width, height) : cropped(picture, width, height);
}

function cropped(picture, width, height) {
  const [ratio, wanted] = [picture.width / picture.height, width / height];
  let [wide, high] = [picture.width, picture.height];
  if (ratio > wanted) wide = wanted * high;
  else if (ratio < wanted) high = wide / wanted;
  const [left, top] = [(picture.width - wide) * 0.5, (picture.height - high) * 0.5];
  return resized(picture, width, height, [left, top, left + wide, top + high]);
}

function padded(picture, width, height) {
  const [ratio, wanted] = [picture.width / picture.height, width / height];
  let [wide, high] = [width, height];
  if (ratio > wanted) high = roundHalfEven((picture.height / picture.width) * width);
  else if (ratio < wanted) wide = roundHalfEven((picture.width / picture.height) * height);
  const out = new Uint8Array(3 * width * height).fill(255);
  if (!wide || !high) return out;
  const small = wide === picture.width && high === picture.height ? picture.rows(0, high) : resized(picture, wide, high);
  const [left, top] = [roundHalfEven((width - wide) * 0.5), roundHalfEven((height - high) * 0.5)];
  for (let y = 0; y < high; y++) {
    out.set(small.subarray(3 * wide * y, 3 * wide * (y + 1)), 3 * ((top + y) * width + left));
  }
  return out;
}

/* Grey as Pillow weighs it, of red, green, blue. */
function grey(pixels) {
  return Uint8Array.from({ length: pixels.length / 3 }, (_, i) =>
    (pixels[3 * i] * 19595 + pixels[3 * i + 1] * 38470 + pixels[3 * i + 2] * 7471 + 0x8000) >> 16);
}

/* A value on white, where `alpha` (0-255) of it covers the white; rounded as Pillow does. */
function onWhite(value, alpha) {
  if (alpha === 255) return value;
  const sum = 255 * (255 - alpha) + value * alpha + 128;
  return ((sum >> 8) + sum) >> 8;
}

function inMemory({ width, height, pixels }) {
  return { width, height, rows: (y, n) => pixels.subarray(3 * width * y, 3 * width * (y + n)) };
}
