/* The network behind `tenfold serve`, through its HTTP interface.

   A predictor has
     ready()          a promise that is kept when answers can be given;
     look(file)       a promise of { pixels, probabilities, unlike }: what the network sees of a
                      picture file, uint8 (height * width * channels), or null; its float
                      probabilities; and whether it is unlike the training images;
                      it fails with the reason, which completes "Cannot read NAME: ...";
     predict(images)  a promise of probabilities, float (n * classes), of n images that are already
                      of the network's size, uint8 (n * height * width * channels). */
function predictorOfServer(model) {
  const [height, width, channels] = model.shape;
  const size = height * width * channels;

  const answer = async (body, headers) => {
    let response;
    try {
      response = await fetch("v1/predict", { method: "POST", body, headers: { ...headers, ...authorisation() } });
    } catch {
      throw new Error("the server does not answer. Check that it still runs, and try again.");
    }
    const found = await response.json().catch(() => ({}));
    if (!response.ok) {
      throw new Error(found.detail?.replace(/^image 1: /, "") ?? `the server answers with status ${response.status}.`);
    }
    return found.predictions.map((each) => ({
      probabilities: Float32Array.from(model.classes, (name) => each.probabilities[name]),
      unlike: each.unfamiliar === true,
    }));
  };

  const predict = async (images) => {
    const files = [];
    for (let at = 0; at < images.length; at += size) {
      const file = await encodePng(images.subarray(at, at + size), width, height, channels);
      files.push(new Uint8Array(await file.arrayBuffer()));
    }
    const texts = files.map((bytes) => btoa(String.fromCharCode(...bytes)));
    const found = await answer(JSON.stringify({ images: texts }), { "Content-Type": "application/json" });
    return Float32Array.from(found.flatMap((each) => [...each.probabilities]));
  };

  return {
    ready: async () => {},
    look: async (file) => {
      const [found] = await answer(file, { "Content-Type": "application/octet-stream" });
      let pixels = null;
      try {
        pixels = await readPicture(file, model);
      } catch {
        // The server reads formats that this browser cannot show, such as TIFF.
      }
      return { ...found, pixels };
    },
    predict,
  };
}

/* The token that the address of the page carries after #, as in http://localhost:8000/#token=... */
function authorisation() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  return token ? { Authorization: `Bearer ${token}` } : {};
}
