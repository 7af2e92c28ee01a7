import { once } from 'node:events';
import { CLOCK_BAR } from '../clock-bar.ts';
import { Canvas } from './canvas.ts';
import { door } from './door.ts';
import { drawClock, drawPlates } from './scene.ts';
import { yard } from './yard.ts';

const USAGE = 'usage: node media/src/testing/draw/main.ts yard|door FPS SECONDS [FIRST_FRAME] > pictures.rgb';
const scene = [yard, door].find(({ name }) => name.toLowerCase() === process.argv[2]);
const fps = Number(process.argv[3]);
const frames = fps * Number(process.argv[4]);
const first = Number(process.argv[5] ?? 0);
if (!scene || !(frames > 0) || !(first >= 0)) throw new Error(USAGE);

const background = scene.background();
drawPlates(background, scene);
for (let frame = first; frame < frames; frame++) {
  const canvas = new Canvas();
  canvas.copyFrom(background);
  scene.draw(canvas, frame / fps);
  drawClock(canvas, Math.floor((frame * 1000) / fps), frame % fps < CLOCK_BAR.flash.frames);
  if (!process.stdout.write(canvas.data)) await once(process.stdout, 'drain');
}
