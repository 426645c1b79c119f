import { overlay, Session } from "relabel";
import { requestDevice } from "relabel/engine";
import { BoxGeometry, DataTexture, Mesh, MeshBasicMaterial, PerspectiveCamera, Scene, SRGBColorSpace, WebGPURenderer } from "three/webgpu";
import cat from "../../cat.jpg?url";

const canvas = document.querySelector("canvas") as HTMLCanvasElement;
const output = document.querySelector("output") as HTMLOutputElement;

// One device for both; relabel's has the limits and features that make it fast.
const device = await requestDevice(navigator.gpu);
const renderer = new WebGPURenderer({ canvas, device });
renderer.setSize(448, 448);
await renderer.init();

const camera = new PerspectiveCamera(50, 1, 0.1, 10);
camera.position.z = 2.2;
const material = new MeshBasicMaterial({ color: 0x808080 });
const cube = new Mesh(new BoxGeometry(), material);
const scene = new Scene().add(cube);
renderer.setAnimationLoop((milliseconds: number) => {
  cube.rotation.set(0.4, milliseconds / 2000, 0);
  renderer.render(scene, camera);
});

const session = await Session.create({ device });
const { map, degenerate, input, width, height, target } = await session.explain(new URL(cat, location.href));
if (!map) throw new Error(degenerate);

const texture = new DataTexture(upsideDown(overlay(map, input), width), width, height);
texture.colorSpace = SRGBColorSpace;
texture.needsUpdate = true;
material.map = texture;
material.color.set(0xffffff);
material.needsUpdate = true;
output.textContent = `${target.label}, ${(100 * target.probability).toFixed(1)} %`;

/** The rows from the last to the first, as textures are laid on a box. */
function upsideDown(rgba: Uint8ClampedArray, width: number): Uint8Array<ArrayBuffer> {
  const flipped = new Uint8Array(rgba.length);
  const row = 4 * width;
  for (let at = 0; at < rgba.length; at += row) flipped.set(rgba.subarray(at, at + row), rgba.length - row - at);
  return flipped;
}
