export type ScalarType = "u32" | "i32" | "f32";

/** A kernel as its `.wgsl` file declares it; written by `npm run reflect` into index.ts. */
export interface KernelDefinition {
  readonly name: string;
  readonly source: string;
  /** Each dimension a number, or the name of a constant. */
  readonly workgroup: readonly (number | string)[];
  readonly bindings: readonly { readonly name: string; readonly binding: number; readonly access: "read" | "read_write" }[];
  readonly uniforms: {
    readonly binding: number;
    readonly size: number;
    readonly members: Readonly<Record<string, { readonly offset: number; readonly type: ScalarType }>>;
  };
  /**
   * What may be replaced in the text, with its default: constants (`const NAME: u32 = 8;`: tile and workgroup sizes, loop bounds) and
   * storage types (`alias NAME = f32;`).
   */
  readonly constants: Readonly<Record<string, number | "f32">>;
}
