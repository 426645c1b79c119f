/** Errors about photo files, which both faces complete with the file's name. */

/** A file that cannot be used as a photo: `message` says why, to follow the file's name, and `fix` what to do. Neither names the file. */
export class PictureError extends Error {
  override readonly name = "PictureError";

  constructor(
    message: string,
    readonly fix: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The error for a file that was spoiled or cut. */
export function damaged(reason: string, options?: ErrorOptions): PictureError {
  return new PictureError(`the image is damaged (${reason})`, "Copy or download the photo again, or save it anew.", options);
}

/** The error for a file whose end is missing, as after a download that broke off. */
export function cutShort(): PictureError {
  return damaged("the file ends before the picture does");
}

/** The error for a picture of a kind that is known and not read. */
export function unsupported(name: string, fix: string): PictureError {
  return new PictureError(`${name} is not supported`, fix);
}
