import escapeHtml from "escape-html";

/** Text that is HTML already. Only `html` makes it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Piece = Html | string | number | false | undefined | readonly Piece[];

/**
 * Markup as a template. Whatever is put into it is escaped, unless it is `Html` itself; lists are joined, `false` and
 * `undefined` leave nothing. Attribute values must be in double quotes.
 */
export function html(literals: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(literals.reduce((text, literal, index) => text + render(pieces[index - 1]) + literal));
}

function render(piece: Piece): string {
  if (piece instanceof Html) return piece.text;
  if (piece === undefined || piece === false) return "";
  if (typeof piece === "string" || typeof piece === "number") return escapeHtml(String(piece));
  return piece.map(render).join("");
}
