/** A picture of the game: its size, its hash, and its PNG. */
import { createHash } from 'node:crypto';
import { SCREEN_HEIGHT, SCREEN_WIDTH } from '../../../shared/screen/geometry.ts';
import { encodePng as encodeAnyPng } from '../../../shared/screen/png.ts';

const SIZE = { width: SCREEN_WIDTH, height: SCREEN_HEIGHT };
/** Bytes of one row of RGB888. */
export const ROW_BYTES = SCREEN_WIDTH * 3;
export const PICTURE_BYTES = ROW_BYTES * SCREEN_HEIGHT;

/** SHA-256 of the raw picture, as hex. */
export function hashPicture(picture: Uint8Array): string {
  return createHash('sha256').update(picture).digest('hex');
}

/** The picture as PNG, without loss. */
export function encodePng(picture: Uint8Array): Uint8Array {
  return encodeAnyPng(picture, SIZE);
}
