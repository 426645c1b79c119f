import type { Plugin } from "vite";

/** Has published classifiers take photos of this height and width: fewer than their 224 make them faster, and other verdicts. */
export function smallInput(side: number): Plugin {
  const [published, wanted] = [224, side].map((pixels) => `height: ${pixels}, width: ${pixels}`) as [string, string];
  return {
    name: "small-input",
    enforce: "pre",
    transform(code, id) {
      if (!id.endsWith("/src/nets/input-spec.ts")) return;
      if (!code.includes(published)) throw new Error(`${id} no longer has "${published}".`);
      return code.replace(published, wanted);
    },
  };
}
