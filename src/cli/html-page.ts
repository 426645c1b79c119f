/** The skeleton of the pages that commands write: HTML in one file, without a server. */
import { escapeUTF8 as escapeHtml } from "entities";

/** What a page is made of: plain text, a style sheet, and HTML. */
export interface HtmlPage {
  readonly title: string;
  readonly style: string;
  /** Below the title. */
  readonly main: string;
  /** Elements at the end, after all content. */
  readonly scripts?: string;
}

export function htmlPage({ title, style, main, scripts = "" }: HtmlPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${main}
</main>
${scripts}</body>
</html>
`;
}
