/** The photos that the page offers to whoever has none at hand. It shows small ones in their place, which load faster. */
import { PageError } from "./problem.ts";

const URLS = import.meta.glob<string>("../../examples/*.jpg", { query: "?url", import: "default", eager: true });

/** The sample's file. `name`: its name, such as "cat.jpg". Throws a PageError where the connection breaks. */
export async function fetchSample(name: string): Promise<Blob> {
  const response = await fetch(URLS[`../../examples/${name}`] as string).catch(() => undefined);
  if (!response?.ok) throw new PageError(`The sample ${name} could not be loaded.`, "Check the connection and reload the page.");
  return response.blob();
}
