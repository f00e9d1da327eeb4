/** PNG files by the browser's own encoder, in place of the SDK's: `vite.config.mjs` puts it there. */

/** @param rgb RGB888, row by row */
export async function encodePng(
  rgb: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser draws no pictures');
  const image = context.createImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    image.data.set([...rgb.subarray(3 * pixel, 3 * pixel + 3), 0xff], 4 * pixel);
  }
  context.putImageData(image, 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  return new Uint8Array(await blob.arrayBuffer());
}
