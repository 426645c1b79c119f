import { draw, Session } from "relabel";

const [photo, canvas] = [document.querySelector("img")!, document.querySelector("canvas")!];
const session = await Session.create(); // EfficientNet-Lite0: its weights are found, downloaded and kept
const explanation = await session.explain(photo); // or a File, URL, canvas, video frame...
await draw(canvas, explanation); // the photo with the map over it, as large as <canvas width="600" height="400">
