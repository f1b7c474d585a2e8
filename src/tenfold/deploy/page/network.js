/* The network in the reader's browser: onnxruntime-web on one thread, from scripts that hold it and
   the model compressed, since a page that is opened from the disk may not fetch files. */

function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
}

async function unpacked(text) {
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function openNetwork({ shape }) {
  if (!globalThis.ort || !globalThis.tenfoldModel) {
    throw new Error("The files runtime.js and model.js must be beside this page. Copy the whole folder.");
  }
  ort.env.wasm.numThreads = 1;
  const [runtime, network] = await Promise.all([unpacked(tenfoldRuntime), unpacked(tenfoldModel)]);
  ort.env.wasm.wasmBinary = runtime.buffer;
  const session = await ort.InferenceSession.create(network, { executionProviders: ["wasm"] });
  const black = new ort.Tensor("uint8", new Uint8Array(shape[0] * shape[1] * shape[2]), [1, ...shape]);
  await session.run({ images: black }); // The first run takes longest: not with the reader's picture.
  return session;
}

/* What answers: `ready()`, `look(file)` and `predict(images)`, as in server.js. */
function predictorHere(model) {
  const opened = openNetwork(model);
  opened.catch(() => {}); // It is reported where the answer is awaited.
  const run = async (images, outputs) => {
    const session = await opened;
    const size = model.shape[0] * model.shape[1] * model.shape[2];
    const input = new ort.Tensor("uint8", images, [images.length / size, ...model.shape]);
    return session.run({ images: input }, outputs);
  };
  return {
    ready: () => opened,
    look: async (file) => {
      const pixels = await readPicture(file, model);
      const known = model.familiarity;
      const found = await run(pixels, known ? ["probabilities", "features"] : ["probabilities"]);
      const unlike = known ? unfamiliarity(pixels, found.features.data, model) > 1 : false;
      return { pixels, probabilities: found.probabilities.data, unlike };
    },
    predict: async (images) => (await run(images, ["probabilities"])).probabilities.data,
  };
}

/* How unlike the network's own images a picture is, from 0 up; see deploy/familiarity.py. */
function unfamiliarity(pixels, features, { shape: [height, width, channels], familiarity }) {
  const tone = Float64Array.from({ length: height * width }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += pixels[channels * i + c];
    return sum / channels / 255;
  });
  const mean = (values) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const [across, down] = [[], []];
  tone.forEach((value, i) => {
    if (i % width) across.push(Math.abs(value - tone[i - 1]));
    if (i >= width) down.push(Math.abs(value - tone[i - width]));
  });
  const middle = mean(tone);
  const spread = Math.sqrt(mean(tone.map((value) => (value - middle) ** 2)));
  const steps = [across, down].reduce((sum, each) => sum + (each.length ? mean(each) / 2 : 0), 0);
  const [centre, ...directions] = rowsOf(familiarity.space, features.length);
  const away = Float64Array.from(features, (each, i) => each - centre[i]);
  const beside = away.slice();
  for (const direction of directions) {
    const along = dot(away, direction);
    direction.forEach((each, i) => (beside[i] -= along * each));
  }
  const distance = Math.log(Math.sqrt(dot(beside, beside)) + 1e-6);
  const share = distance - Math.log(Math.sqrt(dot(away, away)) + 1e-6);
  const figures = [distance, share, Math.log(steps / (spread + 1 / 255) + 1e-3)];
  const unusual = figures.map((each, i) => {
    const off = each - familiarity.mean[i];
    return (i === 2 ? Math.abs(off) : off) / familiarity.unusual[i];
  });
  return Math.max(0, ...unusual);
}

const dot = (a, b) => a.reduce((sum, each, i) => sum + each * b[i], 0);

/* Rows of float32 numbers, little endian, from base64. */
function rowsOf(text, width) {
  const { buffer } = bytesOf(text);
  const rows = [];
  for (let at = 0; at < buffer.byteLength; at += 4 * width) rows.push(new Float32Array(buffer, at, width));
  return rows;
}
