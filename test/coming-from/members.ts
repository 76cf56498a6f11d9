/** The names that an interface or class declares, in the text of a .d.ts. */
export function membersOf(declarations: string, heading: string): string[] {
  const text = declarations.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  const start = text.indexOf(`${heading} `);
  if (start === -1) throw new Error(`Expected "${heading}". Found none.`);
  const body = bodyAt(text, text.indexOf("{", start));
  return Array.from(
    body.matchAll(/(?:^|[;{}\n])\s*(?:readonly |abstract |get |set )*(\w+)\??\s*[(:<]/g),
    ([, name = ""]) => name,
  );
}

/** What stands between these braces, without what stands between others in them. */
function bodyAt(text: string, open: number): string {
  let depth = 0;
  let body = "";
  for (const char of text.slice(open)) {
    if ("})]".includes(char)) depth -= 1;
    if (depth === 0 && body !== "") return body;
    if (depth === 1) body += char;
    if ("{([".includes(char)) depth += 1;
  }
  return body;
}
