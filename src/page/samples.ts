/** The photos that the page offers to whoever has none at hand. */
import { PageError } from "./problem.ts";

const URLS = import.meta.glob<string>("../../examples/*.jpg", { query: "?url", import: "default", eager: true });

export interface Sample {
  /** File name, such as "cat.jpg". */
  name: string;
  url: string;
}

/** The bundled photos. */
export const SAMPLES: readonly Sample[] = Object.entries(URLS).map(([path, url]) => ({ name: path.split("/").at(-1) as string, url }));

/** The sample's file. Throws a PageError where the connection breaks. */
export async function fetchSample({ name, url }: Sample): Promise<Blob> {
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) throw new PageError(`The sample ${name} could not be loaded.`, "Check the connection and reload the page.");
  return response.blob();
}
