import { useEffect, useRef, useState } from "react";
import { overlay } from "relabel";
import { useSession } from "./useSession.ts";

/** What in the photo made the classifier say its first choice. */
export function SaliencyMap({ photo }: { photo: Blob | URL }) {
  const session = useSession();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [status, setStatus] = useState("Loading the classifier...");

  useEffect(() => {
    if (!session) return;
    const abort = new AbortController();
    const { signal } = abort;

    async function explain() {
      if (!session || !canvas.current) return;
      const { map, degenerate, input, width, height, target } = await session.explain(photo, {
        signal,
        onProgress: ({ stage, done, total }) => signal.aborted || setStatus(`${stage}: ${done} of ${total}`),
      });
      // An abort keeps the map so far, of a photo that is no longer shown.
      if (signal.aborted) return;
      if (!map) return setStatus(`No map: ${degenerate}`);
      Object.assign(canvas.current, { width, height });
      canvas.current.getContext("2d")?.putImageData(new ImageData(overlay(map, input), width, height), 0, 0);
      setStatus(`${target.label}, ${(100 * target.probability).toFixed(1)} %`);
    }

    explain().catch((error) => signal.aborted || setStatus(error.message));
    return () => abort.abort();
  }, [session, photo]);

  return (
    <figure>
      <canvas ref={canvas} />
      <figcaption>
        <output>{status}</output>
      </figcaption>
    </figure>
  );
}
