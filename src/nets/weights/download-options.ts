/** What can be said of files of weights that are downloaded. */

/** A file on a server, of which more than its address is known. */
export interface RemoteFile {
  readonly url: string | URL;
  /** SHA-256 of its content as hex: it is checked, and a file that is kept is then used without a request. */
  readonly sha256?: string;
  /** In bytes. */
  readonly size?: number;
  /** Name that the browser keeps it under; its address by default. */
  readonly keepAs?: string;
}

/** Of a file that is being downloaded. */
export interface DownloadProgress {
  readonly file: string;
  /** In bytes, with what an earlier attempt brought. */
  readonly loaded: number;
  /** In bytes; 0 where the server does not say it. */
  readonly total: number;
}

/** How files of weights are downloaded and kept. */
export interface DownloadOptions {
  /** Hears of bytes as they arrive. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Ends a download; what has arrived is kept for the next. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the browser keeps downloaded files for the next time, in its Cache storage; true by default. Where it cannot, nothing is lost but that. */
  readonly keep?: boolean | undefined;
}
