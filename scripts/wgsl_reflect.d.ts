/** The package's ES module, typed by its own declarations: its main entry is CommonJS under `type: module`. */
declare module "wgsl_reflect/wgsl_reflect.module.js" {
  export * from "wgsl_reflect";
}
