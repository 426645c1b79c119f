/** What only files that the user opens need, and the page loads with the first of them. */
export { openOnnx, recogniseTeacher } from "../faces/all.ts";
