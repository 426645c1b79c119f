/** What code blocks of the docs take as given: the reader's own photo, canvas, session and so on. */
declare const photo: File;
declare const canvas: HTMLCanvasElement;
declare const input: HTMLInputElement & { files: FileList };
declare const device: GPUDevice;
declare const controller: AbortController;
declare const session: import("relabel").Session;
declare const fileOrUrl: Blob | URL;
declare const labels: string[];
declare const values: Float32Array;
