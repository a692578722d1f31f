// Sources of the picture: the given ones, a drawing, a file, the camera.

import { clamp } from "../widget/charts/scales.js";
import { listen, node, setAttributes, setHidden, setText } from "../widget/dom.js";
import { arrowDirection, onDrag } from "../widget/gestures.js";
import { paint } from "../widget/pixels.js";
import { numbers } from "../widget/traits.js";

const THUMB = 40;
const PAD = 280; // side of the drawing in pixels, whatever the input size
const PEN = 0.085; // width of the pen, relative to the side
const KEY_STEP = 0.05; // way of the pen for an arrow key, relative to the side

export function sourcesView(model, say, signal, { onAt, onOwn, hold, seen }) {
  const trouble = node("p", { class: "nbk-trouble", role: "status" });
  const strip = stripOf(model, say, signal, onAt);
  const pad = drawingPad(model, say, signal, (canvas) => send(canvas));
  const camera = cameraView(say, signal, (video) => send(video), fail);
  const upload = uploadButton(
    say,
    signal,
    (bitmap) => send(bitmap),
    () => fail(say("not_a_picture")),
  );
  const draw = node("button", { type: "button", "aria-pressed": "false" }, say("draw"));
  const buttons = node("div", { class: "nbk-sources", role: "group", "aria-label": say("source") }, draw, ...upload);
  if (camera.button) buttons.append(camera.button);
  const box = node("div", { class: "nbk-from" }, strip.box, buttons, pad.tools, camera.tools, trouble);
  hold.append(pad.canvas, ...pad.pen, camera.video);
  let mode = "seen"; // displayed in place of the picture: "seen", "pad", "camera"

  function show(next) {
    mode = next;
    seen.hidden = mode !== "seen";
    pad.canvas.hidden = pad.tools.hidden = mode !== "pad";
    camera.video.hidden = mode !== "camera";
    setHidden(camera.tools, mode !== "camera", () => camera.button);
    setAttributes(draw, { "aria-pressed": String(mode === "pad") });
    if (mode !== "camera") camera.stop();
  }
  function fail(text) {
    setText(trouble, text);
    if (mode === "camera") show("seen");
  }
  // Send any drawable to the kernel with the size and channels of the network's input.
  function send(drawable) {
    setText(trouble, "");
    onOwn(bytesOf(drawable, model.get("size")), model.get("size"));
    if (mode === "camera") show("seen");
  }
  listen(draw, "click", () => show(mode === "pad" ? "seen" : "pad"), signal);
  if (camera.button) {
    listen(camera.button, "click", async () => (await camera.start()) && show("camera"), signal);
    listen(camera.close, "click", () => show("seen"), signal);
  }
  listen(
    strip.box,
    "click",
    () => {
      setText(trouble, "");
      show("seen");
    },
    signal,
  );
  for (const button of upload) listen(button, "click", () => show("seen"), signal);
  signal.addEventListener("abort", () => camera.stop());
  const isEmpty = model.get("labels").length === 1 && isBlank(model);
  if (isEmpty) box.prepend(node("p", { class: "nbk-hint" }, say("empty")));
  show(isEmpty ? "pad" : "seen");
  return { box, draw: strip.draw };
}

const isBlank = (model) => numbers(model.get("picture"), Uint8Array).every((value) => value === 0);

// Crop to the centre and scale to the input size: uint8, with 1 or 3 channels.
export function bytesOf(drawable, [height, width, channels]) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff"; // background of transparent pixels
  context.fillRect(0, 0, width, height);
  const [w, h] = [drawable.videoWidth || drawable.width, drawable.videoHeight || drawable.height];
  const cut = coveringCut(w, h, width / height);
  // Halve the size repeatedly: a single large step would skip most pixels.
  let [source, box] = [drawable, cut];
  while (box.width > 2 * width && box.height > 2 * height) {
    const half = document.createElement("canvas");
    [half.width, half.height] = [Math.round(box.width / 2), Math.round(box.height / 2)];
    half.getContext("2d").drawImage(source, box.x, box.y, box.width, box.height, 0, 0, half.width, half.height);
    [source, box] = [half, { x: 0, y: 0, width: half.width, height: half.height }];
  }
  context.drawImage(source, box.x, box.y, box.width, box.height, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const count = channels === 1 ? 1 : 3;
  const out = new Uint8Array(height * width * count);
  for (let i = 0; i < height * width; i += 1) {
    const [r, g, b] = data.subarray(4 * i, 4 * i + 3);
    if (count === 1) out[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    else out.set([r, g, b], 3 * i);
  }
  return out;
}

// The largest centre crop with a given ratio of width to height.
export function coveringCut(width, height, proportion) {
  const w = Math.min(width, height * proportion);
  const h = Math.min(height, width / proportion);
  return { x: (width - w) / 2, y: (height - h) / 2, width: w, height: h };
}

// Bytes as base64, in chunks within the limit of function arguments.
export function base64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
}

function stripOf(model, say, signal, onAt) {
  const box = node("div", { class: "nbk-strip", role: "group", "aria-label": say("choose") });
  let drawn = null;
  function build(labels) {
    const pixels = numbers(model.get("strip"), Uint8Array);
    const size = THUMB * THUMB * 3;
    box.replaceChildren(
      ...labels.map((label, i) => {
        const canvas = node("canvas", { "aria-hidden": "true" });
        paint(canvas, pixels.subarray(i * size, (i + 1) * size), THUMB, THUMB, 3);
        const name = label ? say("labelled", { label: i + 1, text: label }) : `${i + 1}`;
        const options = {
          type: "button",
          class: "nbk-thumb",
          "aria-label": say("picture", { name }),
          title: label || null,
        };
        const button = node("button", options, canvas);
        listen(button, "click", () => onAt(i), signal);
        return button;
      }),
    );
  }
  function draw() {
    const labels = model.get("labels");
    box.hidden = labels.length < 2;
    if (drawn !== labels) build(labels);
    drawn = labels;
    [...box.children].forEach((button, i) => setAttributes(button, { "aria-pressed": String(i === model.get("at")) }));
  }
  return { box, draw };
}

// A pad to draw on: light on dark as in MNIST, or dark on light.
function drawingPad(model, say, signal, onChange) {
  const named = { role: "application", tabindex: 0, "aria-label": say("drawn") };
  const canvas = node("canvas", { class: "nbk-pad", width: PAD, height: PAD, ...named });
  const clear = node("button", { type: "button" }, say("clear"));
  const invert = node("input", { type: "checkbox" });
  const label = node("label", { class: "nbk-tick" }, invert, say("invert"));
  const tools = node("div", { class: "nbk-tools" }, clear, label, node("p", { class: "nbk-hint" }, say("pen_keys")));
  let last = null;
  let queued = false;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const [height, width] = model.get("size");
  canvas.height = Math.round((PAD * height) / width);
  const ink = () => (invert.checked ? "#000" : "#fff");
  const empty = () => {
    context.fillStyle = invert.checked ? "#fff" : "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
  };
  const placeOf = (event) => {
    const { left, top, width: w, height: h } = canvas.getBoundingClientRect();
    return [((event.clientX - left) * canvas.width) / w, ((event.clientY - top) * canvas.height) / h];
  };
  const changed = () => {
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => {
      queued = false;
      if (!signal.aborted) onChange(canvas);
    });
  };
  const line = (to) => {
    context.strokeStyle = ink();
    context.lineWidth = PEN * canvas.width;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(...(last ?? to));
    context.lineTo(...to);
    context.stroke();
    last = to;
    changed();
  };
  onDrag(canvas, signal, {
    press: (event) => {
      event.preventDefault();
      last = null;
      line(placeOf(event));
    },
    move: (event) => line(placeOf(event)),
  });
  const pen = penByKeys(canvas, say, signal, (place, isNew) => {
    if (isNew) last = null;
    line(place);
  });
  const restart = () => {
    empty();
    changed();
  };
  listen(clear, "click", restart, signal);
  listen(invert, "change", restart, signal);
  empty();
  return { canvas, tools, pen };
}

// The pen that keys move: arrows, and Enter or Space to lower and lift it.
function penByKeys(canvas, say, signal, draws) {
  const mark = node("span", { class: "nbk-pen", hidden: true, "aria-hidden": "true" });
  const spoken = node("span", { class: "nbk-aloud", role: "status" });
  let [place, isDown] = [[0.5, 0.5], false];
  const show = () => {
    mark.hidden = !canvas.matches(":focus-visible");
    mark.style.left = `${100 * place[0]}%`;
    mark.style.top = `${100 * place[1]}%`;
    setAttributes(mark, { "data-down": isDown });
  };
  const draw = (isNew) => draws([place[0] * canvas.width, place[1] * canvas.height], isNew);
  const lower = (next) => {
    isDown = next;
    if (isDown) draw(true);
    setText(spoken, say(isDown ? "pen_down" : "pen_up"));
    show();
  };
  const press = (event) => {
    const direction = arrowDirection(event);
    if (direction) {
      place = place.map((value, k) => clamp(value + (k ? -1 : 1) * direction[k] * KEY_STEP, 0, 1));
      if (isDown) draw(false);
      show();
    } else if (["Enter", " "].includes(event.key)) lower(!isDown);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  listen(canvas, "keydown", press, signal);
  listen(canvas, "focus", show, signal);
  listen(canvas, "blur", () => (isDown ? lower(false) : show()), signal);
  return [mark, spoken];
}

function uploadButton(say, signal, onPicture, onFail) {
  const input = node("input", { type: "file", accept: "image/*", hidden: true, "aria-label": say("upload") });
  const button = node("button", { type: "button" }, say("upload"));
  listen(button, "click", () => input.click(), signal);
  const take = async () => {
    const file = input.files?.[0];
    input.value = "";
    if (!file) return;
    try {
      const bitmap = await createImageBitmap(file);
      if (!signal.aborted) onPicture(bitmap);
    } catch {
      onFail();
    }
  };
  listen(input, "change", take, signal);
  return [button, input];
}

// The camera, if the browser has one and the page may use it.
function cameraView(say, signal, onPicture, onFail) {
  const video = node("video", { class: "nbk-video", muted: true, playsinline: true });
  const take = node("button", { type: "button" }, say("take"));
  const close = node("button", { type: "button" }, say("stop_camera"));
  const tools = node("div", { class: "nbk-tools" }, take, close);
  const devices = navigator.mediaDevices;
  const button = devices?.getUserMedia ? node("button", { type: "button" }, say("camera")) : null;
  let stream = null;
  const stop = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = video.srcObject = null;
  };
  const start = async () => {
    try {
      stream = await devices.getUserMedia({ video: { facingMode: "environment" } });
      if (signal.aborted) return stop();
      video.srcObject = stream;
      await video.play();
      return true;
    } catch (error) {
      stop();
      onFail(say("no_camera", { why: error.message }));
      return false;
    }
  };
  listen(take, "click", () => onPicture(video), signal);
  return { button, video, tools, close, start, stop };
}
