// A panic in a plain synchronous N-API export aborts the host's process; with `catch_unwind` it becomes a
// JavaScript error. So every such export must carry the attribute. An `async fn` is caught by the runtime,
// and the attribute of a struct, an enum or an impl block exports no code of its own that could panic.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const NAPI = /#\[\s*(?:napi_derive::)?napi\b/g;
const FUNCTION =
  /^(?:pub(?:\([^)]*\))?\s+)?(?:const\s+)?(async\s+)?(?:unsafe\s+)?(?:extern\s*(?:"[^"]*")?\s+)?fn\s+(\w+)/;

/** Problems in the sources below `folder`, one line of text each. */
export function checkCatchUnwind(folder) {
  const sample = '#[napi]\npub fn bare() {}\n#[napi(catch_unwind)]\n#[allow(x)]\npub fn guarded() {}';
  if (unguardedExports(sample).length !== 1) return ['the check itself is broken: its sample was misread'];
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.rs'));
  return files.flatMap((name) => {
    const found = unguardedExports(readFileSync(join(folder, name), 'utf8'));
    return found.map(({ line, fn }) => `${join(folder, name)}:${line} fn ${fn} lacks #[napi(catch_unwind)]`);
  });
}

function unguardedExports(source) {
  const code = blankTextAndComments(source);
  const found = [];
  for (const match of code.matchAll(NAPI)) {
    let end = closingBracket(code, match.index + 1);
    const attribute = code.slice(match.index, end);
    end = skipAttributes(code, end);
    const item = FUNCTION.exec(code.slice(end));
    if (!item || item[1] || /\bcatch_unwind\b/.test(attribute)) continue;
    found.push({ line: code.slice(0, end).split('\n').length, fn: item[2] });
  }
  return found;
}

// Comments and string literals may contain anything, also `#[napi]`: replaced by blanks, lines kept.
function blankTextAndComments(source) {
  const blank = (text) => text.replace(/[^\n]/g, ' ');
  const ignored =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\br(#*)"[\s\S]*?"\1|"(?:\\[\s\S]|[^"\\])*"|'(?:\\.[^']*|[^'\\])'/g;
  return source.replace(ignored, (text) =>
    text.startsWith('"') ? `"${blank(text.slice(2))}"` : blank(text),
  );
}

function skipAttributes(code, start) {
  let at = start;
  for (;;) {
    at += /^\s*/.exec(code.slice(at))[0].length;
    if (!code.startsWith('#[', at)) return at;
    at = closingBracket(code, at + 1);
  }
}

function closingBracket(code, open) {
  let depth = 0;
  for (let at = open; at < code.length; at += 1) {
    if (code[at] === '[') depth += 1;
    if (code[at] === ']') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return code.length;
}
