/** Address of hls.js' worker, set by build.mjs. */
declare const __HLS_WORKER__: string;
declare module "*.svg" {
  const text: string;
  export default text;
}
declare module "hls.js/dist/hls.mjs" {
  export { default } from "hls.js";
  export * from "hls.js";
}
