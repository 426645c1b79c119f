/** What a camera sees, in a video element: starts and lets go of the camera. */
import { PageError } from "../problem.ts";

/** A camera that can be chosen. */
export interface Camera {
  readonly id: string;
  readonly label: string;
}

/** Pixels that are asked for: far more than a classifier sees, and no more than most cameras have. */
const WANTED = { width: { ideal: 1920 }, height: { ideal: 1080 } };

/** Of errors of `getUserMedia` by their names: what to say, and what to do. */
const FAULTS: Readonly<Record<string, readonly [message: string, fix: string]>> = {
  NotAllowedError: ["This page may not use the camera.", "Allow it in the browser's settings of this page, then try again."],
  NotFoundError: ["There is no camera.", "Connect one and try again, or open a photo from a file."],
  NotReadableError: ["The camera does not answer.", "Close other programs that use it, then try again."],
  AbortError: ["The camera does not answer.", "Close other programs that use it, then try again."],
};

/** One camera at a time, or none. */
export class LiveView {
  readonly #video: HTMLVideoElement;
  #stream: MediaStream | undefined;
  /** Counts starts and stops, so that a camera that comes too late is let go of at once. */
  #turn = 0;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
  }

  /** Whether there is a picture to take. */
  get live(): boolean {
    return this.#stream !== undefined;
  }

  /**
   * Shows a camera, by its id, or another where it is gone: by default the one that looks away from the user, where there are two. Resolves to whether it is on show: not where
   * it was stopped meanwhile. `onEnd` is called where the camera goes away by itself. Throws a PageError where there is none to show.
   */
  async start(camera: string | undefined, onEnd: () => void): Promise<boolean> {
    this.stop();
    const turn = this.#turn;
    try {
      const stream = await ask(camera);
      if (turn !== this.#turn) {
        letGo(stream);
        return false;
      }
      this.#stream = stream;
      stream.getVideoTracks()[0]?.addEventListener("ended", () => {
        if (stream !== this.#stream) return;
        this.stop();
        onEnd();
      });
      this.#video.srcObject = stream;
      await this.#video.play();
      return turn === this.#turn;
    } catch (cause) {
      if (turn !== this.#turn) return false;
      throw faultOf(cause);
    }
  }

  /** Cameras, whose names browsers tell once one may be used, and which of them is on show. */
  async list(): Promise<{ current: string | undefined; cameras: Camera[] }> {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const cameras = devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId);
    return {
      current: this.#stream?.getVideoTracks()[0]?.getSettings().deviceId,
      cameras: cameras.map(({ deviceId, label }, index) => ({ id: deviceId, label: label || `Camera ${index + 1}` })),
    };
  }

  /** What is on show, as a file without loss, named after the time. */
  async photograph(): Promise<File> {
    const { videoWidth, videoHeight } = this.#video;
    const canvas = new OffscreenCanvas(videoWidth, videoHeight);
    canvas.getContext("2d")?.drawImage(this.#video, 0, 0);
    const time = new Date().toTimeString().slice(0, 8).replaceAll(":", "-");
    return new File([await canvas.convertToBlob({ type: "image/png" })], `camera-${time}.png`, { type: "image/png" });
  }

  /** Lets go of the camera. */
  stop(): void {
    this.#turn++;
    if (this.#stream) letGo(this.#stream);
    this.#stream = undefined;
    this.#video.srcObject = null;
  }
}

/** A camera by its id, or the usual one where it is gone. */
async function ask(camera: string | undefined): Promise<MediaStream> {
  const video = camera ? { deviceId: { exact: camera } } : { facingMode: "environment" };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...WANTED, ...video } });
  } catch (error) {
    if (!camera || (error as DOMException).name !== "OverconstrainedError") throw error;
    return ask(undefined);
  }
}

function letGo(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function faultOf(cause: unknown): PageError {
  const { name, message } = cause as DOMException;
  const [says, fix] = FAULTS[name] ?? [
    `The camera cannot be used (${message.replace(/\.$/, "")}).`,
    "Try again, or open a photo from a file.",
  ];
  return new PageError(says, fix, { cause });
}
