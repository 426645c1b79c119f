/** The shells that `completion` knows, apart from completion.ts so that help can list them without loading it. */

/** Shells for which there is a completion script. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];
