/** The photos that the page offers to whoever has none at hand: those that it shows. */
import { PageError } from "./problem.ts";

/** The sample's file. `name`: its name, such as "cat.jpg". Throws a PageError where the connection breaks. */
export async function fetchSample(name: string, url: string): Promise<Blob> {
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) throw new PageError(`The sample ${name} could not be loaded.`, "Check the connection and reload the page.");
  return response.blob();
}
