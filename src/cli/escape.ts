/** Escapes text from files (names, labels, messages) for places where some characters mean more than themselves. */

/** Control characters but line breaks, marks that turn the direction of writing, and line breaks that only some programs see. */
const COMMANDS = /[\p{Bidi_Control}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/gu;

/** For a terminal: what it would obey becomes visible, such as \u001b. In JSON that is the same string; line breaks stay. */
export function forTerminal(text: string): string {
  return text.replace(COMMANDS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** For one line of a terminal. */
export function forLine(text: string): string {
  return forTerminal(text).replaceAll("\n", "\\n");
}

/** For a line, or a cell, of Markdown: no HTML, code, link, image or further cell. */
export function forMarkdown(text: string): string {
  return forTerminal(text.replace(/\s*\n\s*/g, " "))
    .replace(/[\\`|<]/g, "\\$&")
    .replaceAll("](", "]\\(");
}

/** For a cell of CSV: spreadsheets run text that starts like a formula, and not behind an apostrophe (OWASP, "CSV injection"). */
export function forSpreadsheet(text: string): string {
  return /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
}
