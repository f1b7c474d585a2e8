/* Bring a picture to the network's size with the numbers that Pillow's Lanczos filter gives: the
   same weights, whole numbers of 22 bits, first along rows, then along columns. */

const PRECISION_BITS = 22;
const SUPPORT = 3;

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
    return { first, weights: Int32Array.from(whole) };
  });
}

function weighted(input, from, step, weights) {
  let sum = 1 << (PRECISION_BITS - 1);
  for (let i = 0; i < weights.length; i++) sum += Math.imul(input[from + i * step], weights[i]);
  const value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/* Resize the part `box` (left, top, right, bottom, in pixels) of a picture to width x height.
   A picture has `width`, `height` and `rows(y, n)`, which gives red, green, blue of some rows. */
function resized(picture, width, height, box = [0, 0, picture.width, picture.height]) {
  const [left, top, right, bottom] = box.map(Math.fround);
  const across = lanczosWeights(picture.width, left, right, width);
  const down = lanczosWeights(picture.height, top, bottom, height);
  const sameWidth = width === picture.width && left === 0 && right === width;
  const sameHeight = height === picture.height && top === 0 && bottom === height;
  const firstRow = sameHeight ? 0 : down[0].first;
  const endRow = sameHeight ? height : down[height - 1].first + down[height - 1].weights.length;
  const narrow = new Uint8Array(3 * width * (endRow - firstRow));
  const n = Math.max(1, Math.floor(4e6 / picture.width)); // A strip of a few megabytes at a time.
  for (let y = firstRow; y < endRow; y += n) {
    const strip = picture.rows(y, Math.min(n, endRow - y));
    const rows = strip.length / (3 * picture.width);
    for (let row = 0; row < rows; row++) {
      const from = 3 * row * picture.width;
      const to = 3 * (y - firstRow + row) * width;
      if (sameWidth) narrow.set(strip.subarray(from, from + 3 * width), to);
      else {
        for (let x = 0; x < width; x++) {
          const { first, weights } = across[x];
          for (let c = 0; c < 3; c++) narrow[to + 3 * x + c] = weighted(strip, from + 3 * first + c, 3, weights);
        }
      }
    }
  }
  if (sameHeight) return narrow;
  const out = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const { first, weights } = down[y];
    for (let i = 0; i < 3 * width; i++) {
      out[3 * width * y + i] = weighted(narrow, 3 * width * (first - firstRow) + i, 3 * width, weights);
    }
  }
  return out;
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
