/* The network in the reader's browser: onnxruntime-web on one thread, from scripts that hold it and
   the model compressed, since a page that is opened from the disk may not fetch files. */

async function unpacked(text) {
  let bytes;
  if (Uint8Array.fromBase64) bytes = Uint8Array.fromBase64(text);
  else bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
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
  const length = Math.sqrt(features.reduce((sum, each) => sum + each * each, 0));
  const figures = [Math.log(length + 1e-6), Math.log(steps / (spread + 1 / 255) + 1e-3)];
  const [x, y] = figures.map((each, i) => each - familiarity.mean[i]);
  const [[a, b], [c, d]] = familiarity.precision;
  return Math.sqrt(a * x * x + (b + c) * x * y + d * y * y);
}
