// Paint pixels from the kernel, one canvas pixel each; CSS scales the canvas.

const COARSE_PX = 100; // smaller pictures show their pixels as squares

// Show an image in a canvas, which gets its size.
/** @param {HTMLCanvasElement} canvas @param {ImageData} image */
export function putPixels(canvas, image) {
  const { height, width } = image;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  canvas.classList.toggle("nbk-coarse", Math.max(width, height) < COARSE_PX);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// Pictures of 1, 3 or 4 channels, 8 bits each.
export function paint(canvas, pixels, height, width, channels) {
  const image = new ImageData(width, height);
  const out = image.data;
  for (let i = 0, k = 0; i < height * width; i += 1, k += channels) {
    out[4 * i] = pixels[k];
    out[4 * i + 1] = pixels[channels > 2 ? k + 1 : k];
    out[4 * i + 2] = pixels[channels > 2 ? k + 2 : k];
    out[4 * i + 3] = channels === 4 ? pixels[k + 3] : 255;
  }
  putPixels(canvas, image);
}

// From dark to bright, after Matplotlib's "inferno".
const STOPS = [
  [0, 0, 4],
  [87, 16, 110],
  [188, 55, 84],
  [249, 142, 9],
  [252, 255, 164],
];

// The colour of a value from 0 to 1.
export function heatColor(share) {
  const place = Math.min(Math.max(share, 0), 1) * (STOPS.length - 1);
  const low = Math.min(Math.floor(place), STOPS.length - 2);
  return STOPS[low].map((value, i) => value + (STOPS[low + 1][i] - value) * (place - low));
}

// A one-channel map, more opaque where brighter; `strength` 1 covers the image below.
export function paintHeat(canvas, heat, height, width, strength) {
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i += 1) {
    const share = heat[i] / 255;
    image.data.set([...heatColor(share), 255 * share * strength], 4 * i);
  }
  putPixels(canvas, image);
}
