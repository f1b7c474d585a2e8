/* The network in the reader's browser: onnxruntime-web on one thread, from scripts that hold it and
   the model compressed, since a page that is opened from the disk may not fetch files. */

async function unpacked(text) {
  let bytes;
  if (Uint8Array.fromBase64) bytes = Uint8Array.fromBase64(text);
  else bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function openNetwork() {
  if (!globalThis.ort || !globalThis.tenfoldModel) {
    throw new Error("The files runtime.js and model.js must be beside this page. Copy the whole folder.");
  }
  ort.env.wasm.numThreads = 1;
  const [runtime, network] = await Promise.all([unpacked(tenfoldRuntime), unpacked(tenfoldModel)]);
  ort.env.wasm.wasmBinary = runtime.buffer;
  return ort.InferenceSession.create(network, { executionProviders: ["wasm"] });
}

/* What answers: `ready()`, `look(file)` and `predict(images)`, as in server.js. */
function predictorHere(model) {
  const opened = openNetwork();
  opened.catch(() => {}); // It is reported where the answer is awaited.
  const predict = async (images) => {
    const session = await opened;
    const size = model.shape[0] * model.shape[1] * model.shape[2];
    const input = new ort.Tensor("uint8", images, [images.length / size, ...model.shape]);
    const found = await session.run({ images: input });
    return found.probabilities.data;
  };
  return {
    ready: () => opened,
    look: async (file) => {
      const pixels = await readPicture(file, model);
      return { pixels, probabilities: await predict(pixels) };
    },
    predict,
  };
}
