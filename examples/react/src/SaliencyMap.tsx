import { useEffect, useRef, useState } from "react";
import { draw } from "relabel";
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
    const say = (text: string) => signal.aborted || setStatus(text);

    async function explain(): Promise<void> {
      const onProgress = ({ stage, done, total }: { stage: string; done: number; total: number }) => say(`${stage}: ${done} of ${total}`);
      const explanation = await session?.explain(photo, { signal, onProgress });
      // An abort keeps the map so far, of a photo that is no longer shown.
      if (!explanation || signal.aborted || !canvas.current) return;
      const { map, degenerate, target } = explanation;
      await draw(canvas.current, explanation);
      say(map ? `${target.label}, ${(100 * target.probability).toFixed(1)} %` : `No map: ${degenerate}`);
    }

    explain().catch((error) => say(error.message));
    return () => abort.abort();
  }, [session, photo]);

  return (
    <figure>
      <canvas ref={canvas} width={600} height={400} />
      <figcaption>
        <output>{status}</output>
      </figcaption>
    </figure>
  );
}
