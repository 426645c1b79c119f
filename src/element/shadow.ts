/** What <relabel-map> is made of, inside. */

const STYLES = `
:host { display: inline-block; max-width: 100%; }
:host([hidden]), [hidden] { display: none !important; }
[part="canvas"] { display: block; max-width: 100%; height: auto; }
[part="progress"] { display: block; width: 100%; box-sizing: border-box; }
[part="status"], [part="error"] { margin: 0.25em 0 0; overflow-wrap: anywhere; }
[part="status"]:empty { margin: 0; }
`;

const MARKUP = `
<slot></slot>
<canvas part="canvas" role="img" hidden></canvas>
<progress part="progress" aria-label="Progress" hidden></progress>
<p part="status" role="status"></p>
<div part="error" role="alert" hidden><slot name="error"><span></span></slot></div>
`;

let sheet: CSSStyleSheet | undefined;

export interface Shadow {
  readonly fallback: HTMLSlotElement;
  readonly canvas: HTMLCanvasElement;
  readonly progress: HTMLProgressElement;
  readonly status: HTMLElement;
  readonly error: HTMLElement;
  /** Where the error's text stands unless the page has its own. */
  readonly errorText: HTMLElement;
}

export function attachShadowTo(host: HTMLElement): Shadow {
  const root = host.attachShadow({ mode: "open" });
  root.innerHTML = MARKUP;
  // Made once, and not as text in the page, which a Content-Security-Policy may forbid.
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
  }
  root.adoptedStyleSheets = [sheet];
  const find = <E extends Element>(selector: string) => root.querySelector(selector) as E;
  return {
    fallback: find("slot:not([name])"),
    canvas: find("canvas"),
    progress: find("progress"),
    status: find('[part="status"]'),
    error: find('[part="error"]'),
    errorText: find("span"),
  };
}
