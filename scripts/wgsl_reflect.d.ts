/** Types the ES module of wgsl_reflect by the package's declarations: its main entry is CommonJS under `type: module`. */
declare module "wgsl_reflect/wgsl_reflect.module.js" {
  export * from "wgsl_reflect";
}
