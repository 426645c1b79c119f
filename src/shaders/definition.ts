/** What TypeScript knows of a kernel: the form in which `npm run reflect` writes every index.ts of this room. */

/** Type of a uniform. */
export type ScalarType = "u32" | "i32" | "f32";

/** A kernel as its `.wgsl` file declares it; `relabel reflect` writes it. */
export interface KernelDefinition {
  readonly name: string;
  readonly source: string;
  /** Each dimension a number, or the name of a constant. */
  readonly workgroup: readonly (number | string)[];
  /** Storage buffers in their order, which is that of their numbers: `@group(0) @binding(0)`, 1, 2... */
  readonly bindings: Readonly<Record<string, "read" | "read_write">>;
  /** Members of the uniform struct in their order, of four bytes each; its binding is the next number. None where there is no struct. */
  readonly uniforms: Readonly<Record<string, ScalarType>>;
  /**
   * What may be replaced in the text, with its default: constants (`const NAME: u32 = 8;`: tile and workgroup sizes, loop bounds) and
   * storage types (`alias NAME = f32;`).
   */
  readonly constants: Readonly<Record<string, number | "f32">>;
  /** Whether a test holds it to its WGSL, as it does for the kernels of this package. All others are checked when they are compiled. */
  readonly checked?: true;
}
