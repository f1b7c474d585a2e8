/* Read a picture file as training read its images. */

const MOST_PIXELS = 50_000_000;
const MOST_BYTES = 100_000_000;
const READABLE = "PNG, JPEG, WebP, GIF, BMP or AVIF";
const DAMAGED = "it is damaged, or uses a feature that this page cannot read. Save it again as PNG or JPEG.";

function checkSize(width, height) {
  if (width * height > MOST_PIXELS) {
    throw new Error(`it has ${counted(width)} x ${counted(height)} pixels, more than ${counted(MOST_PIXELS)}. Make it smaller first.`);
  }
}

function counted(n) {
  return n.toLocaleString("en-GB");
}

/* The format of a file, by its first bytes; empty if it is not a picture. */
function formatOf(bytes) {
  const text = String.fromCharCode(...bytes.subarray(0, 16));
  if (isPng(bytes)) return "PNG";
  if (text.startsWith("\xff\xd8\xff")) return "JPEG";
  if (/^GIF8[79]a/.test(text)) return "GIF";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "WebP";
  if (text.startsWith("BM")) return "BMP";
  if (/^(II\*\0|MM\0\*|II\+\0|MM\0\+)/.test(text)) return "TIFF";
  if (text.slice(4, 8) === "ftyp") return /^avi[fs]/.test(text.slice(8, 12)) ? "AVIF" : "HEIC";
  if (/^P[1-6]\s/.test(text)) return "PPM";
  return "";
}

/* The pixels of a file as the network takes them: rows of 1 or 3 numbers, 0-255.
   `model` says `shape` (height, width, channels), `fit` and `scale`. */
async function readPicture(file, model) {
  if (file.size > MOST_BYTES) throw new Error(`it has ${counted(file.size)} bytes, more than ${counted(MOST_BYTES)}.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const format = formatOf(bytes);
  if (!format) throw new Error(`it is not a picture. Expected ${READABLE}.`);
  const [height, width, channels] = model.shape;
  const picture = format === "PNG" ? inMemory(upright(await decodePng(bytes, model.scale))) : await decoded(file, bytes, format);
  const pixels = fitted(picture, width, height, model.fit);
  picture.close?.();
  return channels === 1 ? grey(pixels) : pixels;
}

/* A picture in another format than PNG. Browsers differ in whether they heed the orientation of a
   WebP file: it is hidden from them, and applied here. */
async function decoded(file, bytes, format) {
  if (format !== "WebP") return inBrowser(file, format);
  const at = webpExif(bytes);
  if (at < 0) return inBrowser(file, format);
  const turn = exifTurn(exifBlock(bytes.subarray(at + 8)));
  const plain = bytes.slice();
  plain.set([0x58, 0x58, 0x58, 0x58], at); // A name that no decoder knows.
  const stored = await inBrowser(new Blob([plain], { type: "image/webp" }), format);
  const { width, height } = stored;
  const pixels = stored.rows(0, height);
  stored.close();
  return inMemory(upright({ width, height, pixels, turn }));
}

/* Where the EXIF chunk of a WebP file begins; -1 where there is none. */
function webpExif(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.length; ) {
    if (String.fromCharCode(...bytes.subarray(at, at + 4)) === "EXIF") return at;
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length % 2);
  }
  return -1;
}

/* A block of EXIF without the header that some programs put before it. */
function exifBlock(block) {
  return String.fromCharCode(...block.subarray(0, 6)) === "Exif\0\0" ? block.subarray(6) : block;
}

/* A picture that the browser decodes, on white, upright, without its colour profile. */
async function inBrowser(file, format) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", imageOrientation: "from-image" });
  } catch {
    if (["TIFF", "HEIC", "PPM", "AVIF"].includes(format)) {
      throw new Error(`it is a picture in ${format}, which this browser cannot read. Save it as PNG or JPEG.`);
    }
    throw new Error(DAMAGED);
  }
  const { width, height } = bitmap;
  checkSize(width, height);
  const canvas = document.createElement("canvas");
  const rows = (y, n) => {
    [canvas.width, canvas.height] = [width, n];
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, width, n);
    pen.drawImage(bitmap, 0, -y);
    const four = pen.getImageData(0, 0, width, n).data;
    const three = new Uint8Array(3 * width * n);
    for (let i = 0, to = 0; i < four.length; i += 4) {
      three[to++] = four[i];
      three[to++] = four[i + 1];
      three[to++] = four[i + 2];
    }
    return three;
  };
  return { width, height, rows, close: () => bitmap.close() };
}
