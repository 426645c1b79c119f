/** The error of readers that do not know whose file they read. */

/** The message says what is wrong with the file, without a full stop; whoever opened it adds the name and what to do. */
export class FormatError extends Error {}
