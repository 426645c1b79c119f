/** How errors reach the user of the page. */
import { EngineError } from "../faces/all.ts";

/** Something that went wrong, in one line, and what to do about it. */
export interface Problem {
  message: string;
  fix: string;
}

/** An error of the page itself. */
export class PageError extends Error implements Problem {
  override readonly name = "PageError";

  constructor(
    message: string,
    readonly fix: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What to tell the user about any error. */
export function describeProblem(error: unknown): Problem {
  // What embedders are told to do about it is of no use here.
  if (error instanceof EngineError && error.code === "NO_WORKER") return { message: error.message, fix: "Reload the page and try again." };
  if (error instanceof PageError || error instanceof EngineError) return { message: error.message, fix: error.fix };
  const message = error instanceof Error ? error.message : String(error);
  return { message: `Something unexpected happened: ${message}`, fix: "Reload the page and try again." };
}

/** Throws a PageError where this browser cannot compute, before anything large is loaded. */
export async function requireWebGpu(): Promise<void> {
  if (!window.isSecureContext) {
    throw new PageError(
      "WebGPU is switched off here, because the page did not come over a secure connection.",
      "Open it by https, or from localhost.",
    );
  }
  if (!navigator.gpu) {
    throw new PageError(
      "This browser has no WebGPU, on which everything here is computed.",
      "Open the page in a current Chrome, Edge, Safari (26 or newer) or Firefox (141 or newer). In Chrome on Linux, switch on chrome://flags/#enable-unsafe-webgpu.",
    );
  }
  if (!(await navigator.gpu.requestAdapter())) {
    throw new PageError(
      "This browser has WebGPU, but found no adapter to compute on.",
      "Switch on hardware acceleration in the browser's settings and update the graphics driver. Without a GPU, start Chrome with --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader.",
    );
  }
}
