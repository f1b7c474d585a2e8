/* Decode PNG files to the numbers that they hold: a browser would convert colours by profiles, and
   lose some where pixels are transparent. */

const PNG_SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const PNG_CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const ADAM7 = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

function isPng(bytes) {
  return PNG_SIGNATURE.every((each, i) => bytes[i] === each);
}

/* The chunks that decide pixels, by name; those of IDAT in a list. */
function pngChunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = { IDAT: [] };
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (name === "IDAT") found.IDAT.push(content);
    else if (name === "IEND") break;
    else if (["IHDR", "PLTE", "tRNS", "eXIf"].includes(name)) found[name] ??= content;
    at += 12 + length;
  }
  if (!found.IHDR || found.IHDR.length < 13 || !found.IDAT.length) throw new Error(DAMAGED);
  return found;
}

function pngHead(chunk) {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const [depth, colour, , , interlaced] = chunk.subarray(8, 13);
  const head = { width: view.getUint32(0), height: view.getUint32(4), depth, colour, interlaced };
  head.channels = PNG_CHANNELS[colour];
  const depths = { 0: [1, 2, 4, 8, 16], 3: [1, 2, 4, 8] }[colour] ?? [8, 16];
  if (!head.channels || !depths.includes(depth) || !head.width || !head.height) {
    throw new Error(DAMAGED);
  }
  return head;
}

/* The first `size` bytes of what some chunks hold; what follows them does not matter. */
async function inflated(chunks, size) {
  const reader = new Blob(chunks).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const all = new Uint8Array(size);
  let n = 0;
  try {
    while (n < size) {
      const { done, value } = await reader.read();
      if (done) break;
      all.set(value.subarray(0, size - n), n);
      n += value.length;
    }
  } catch {
    throw new Error(DAMAGED);
  }
  reader.cancel().catch(() => {});
  if (n < size) throw new Error(DAMAGED);
  return all;
}

/* Undo the filters of `height` rows from `at` on, in place; return where the next ones begin. */
function unfilter(raw, at, rowBytes, height, pixelBytes) {
  let above = null;
  for (let y = 0; y < height; y++, at += rowBytes + 1) {
    const filter = raw[at];
    const row = raw.subarray(at + 1, at + 1 + rowBytes);
    if (filter > 4) throw new Error(DAMAGED);
    for (let i = 0; filter && i < rowBytes; i++) {
      const left = i >= pixelBytes ? row[i - pixelBytes] : 0;
      const up = above ? above[i] : 0;
      if (filter === 1) row[i] += left;
      else if (filter === 2) row[i] += up;
      else if (filter === 3) row[i] += (left + up) >> 1;
      else {
        const corner = above && i >= pixelBytes ? above[i - pixelBytes] : 0;
        const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
        row[i] += a <= b && a <= c ? left : b <= c ? up : corner;
      }
    }
    above = row;
  }
  return at;
}

/* A function that writes pixel x of a row as red, green, blue at `to` of `out`, on white. */
function pngPixel(head, chunks, scale) {
  const { colour, depth } = head;
  const { PLTE: palette, tRNS: clear } = chunks;
  const white = (1 << depth) - 1;
  const sample = (row, i) => {
    if (depth === 8) return row[i];
    if (depth === 16) return row[2 * i];
    return (row[(i * depth) >> 3] >> (8 - depth - ((i * depth) & 7))) & white;
  };
  const put = (out, to, red, green, blue, alpha) => {
    out[to] = onWhite(red, alpha);
    out[to + 1] = onWhite(green, alpha);
    out[to + 2] = onWhite(blue, alpha);
  };
  if (colour === 3) {
    if (!palette) throw new Error(DAMAGED);
    return (row, x, out, to) => {
      const i = sample(row, x);
      put(out, to, palette[3 * i] ?? 0, palette[3 * i + 1] ?? 0, palette[3 * i + 2] ?? 0, clear?.[i] ?? 255);
    };
  }
  if (colour === 0 && depth === 16) {
    const high = scale.sixteen_bits;
    return (row, x, out, to) => {
      const grey = Math.round(Math.min(256 * row[2 * x] + row[2 * x + 1], high) * (255 / high));
      out.fill(grey, to, to + 3);
    };
  }
  if (colour === 0) {
    const mask = scale.eight_bits === 1 && depth > 1 && !clear;
    const hidden = clear ? 256 * clear[0] + clear[1] : -1;
    return (row, x, out, to) => {
      const value = sample(row, x);
      const full = value * (255 / white);
      const grey = mask && full ? 255 : full;
      put(out, to, grey, grey, grey, value === hidden ? 0 : 255);
    };
  }
  if (colour === 4) {
    return (row, x, out, to) => {
      const grey = sample(row, 2 * x);
      put(out, to, grey, grey, grey, sample(row, 2 * x + 1));
    };
  }
  const n = head.channels;
  const hidden = n === 3 && clear && depth === 8 ? [clear[1], clear[3], clear[5]] : null;
  return (row, x, out, to) => {
    const [red, green, blue] = [sample(row, n * x), sample(row, n * x + 1), sample(row, n * x + 2)];
    const isHidden = hidden && red === hidden[0] && green === hidden[1] && blue === hidden[2];
    put(out, to, red, green, blue, n === 4 ? sample(row, 4 * x + 3) : isHidden ? 0 : 255);
  };
}

/* Decode a PNG file: its width and height, its pixels as red, green, blue, on white, and the
   orientation that it states. */
async function decodePng(bytes, scale) {
  const chunks = pngChunks(bytes);
  const head = pngHead(chunks.IHDR);
  const { width, height } = head;
  checkSize(width, height);
  const bits = head.depth * head.channels;
  const passes = (head.interlaced ? ADAM7 : [[0, 0, 1, 1]])
    .map(([left, top, right, down]) => ({
      left, top, right, down,
      columns: Math.ceil((width - left) / right),
      rows: Math.ceil((height - top) / down),
    }))
    .filter((pass) => pass.columns > 0 && pass.rows > 0)
    .map((pass) => ({ ...pass, rowBytes: Math.ceil((pass.columns * bits) / 8) }));
  const size = passes.reduce((sum, pass) => sum + pass.rows * (pass.rowBytes + 1), 0);
  const raw = await inflated(chunks.IDAT, size);
  const pixels = new Uint8Array(3 * width * height);
  const write = pngPixel(head, chunks, scale);
  let at = 0;
  for (const pass of passes) {
    const begin = at;
    at = unfilter(raw, begin, pass.rowBytes, pass.rows, Math.max(1, bits >> 3));
    for (let y = 0; y < pass.rows; y++) {
      const start = begin + y * (pass.rowBytes + 1) + 1;
      const row = raw.subarray(start, start + pass.rowBytes);
      const line = (pass.top + y * pass.down) * width;
      for (let x = 0; x < pass.columns; x++) write(row, x, pixels, 3 * (line + pass.left + x * pass.right));
    }
  }
  return { width, height, pixels, turn: chunks.eXIf ? exifTurn(exifBlock(chunks.eXIf)) : 1 };
}

/* The orientation, 1 to 8, in a block of EXIF; 1 where there is none. */
function exifTurn(block) {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const little = block[0] === 0x49;
  try {
    const start = view.getUint32(4, little);
    for (let i = 0; i < view.getUint16(start, little); i++) {
      const entry = start + 2 + 12 * i;
      if (view.getUint16(entry, little) === 0x112) {
        const kind = view.getUint16(entry + 2, little);
        const value = kind === 1 ? block[entry + 8] : kind === 3 ? view.getUint16(entry + 8, little) : view.getUint32(entry + 8, little);
        return value >= 1 && value <= 8 ? value : 1;
      }
    }
  } catch {
    return 1; // The block ends too early.
  }
  return 1;
}

/* Turn decoded pixels upright. */
function upright({ width, height, pixels, turn }) {
  if (turn === 1) return { width, height, pixels };
  const swapped = turn >= 5;
  const [wide, high] = swapped ? [height, width] : [width, height];
  const turned = new Uint8Array(pixels.length);
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const [across, down] = swapped ? [y, x] : [x, y];
      const fromX = [2, 3, 7, 8].includes(turn) ? width - 1 - across : across;
      const fromY = [3, 4, 6, 7].includes(turn) ? height - 1 - down : down;
      const from = 3 * (fromY * width + fromX);
      turned.set(pixels.subarray(from, from + 3), 3 * (y * wide + x));
    }
  }
  return { width: wide, height: high, pixels: turned };
}

/* Encode pixels of 1 or 3 channels as a PNG file. */
async function encodePng(pixels, width, height, channels) {
  const raw = new Uint8Array(height * (width * channels + 1));
  for (let y = 0; y < height; y++) {
    raw.set(pixels.subarray(y * width * channels, (y + 1) * width * channels), y * (width * channels + 1) + 1);
  }
  const packed = new Blob([raw]).stream().pipeThrough(new CompressionStream("deflate"));
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  head.set([8, channels === 3 ? 2 : 0], 8);
  const chunk = (name, content) => {
    const all = new Uint8Array(12 + content.length);
    const at = new DataView(all.buffer);
    at.setUint32(0, content.length);
    all.set([...name].map((letter) => letter.charCodeAt(0)), 4);
    all.set(content, 8);
    at.setUint32(8 + content.length, crc32(all.subarray(4, 8 + content.length)));
    return all;
  };
  const content = new Uint8Array(await new Response(packed).arrayBuffer());
  return new Blob([new Uint8Array(PNG_SIGNATURE), chunk("IHDR", head), chunk("IDAT", content), chunk("IEND", [])], { type: "image/png" });
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
