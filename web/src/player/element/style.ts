const CSS = `
:host { display: block; position: relative; aspect-ratio: 16 / 9; overflow: hidden; background: #0b0f17; color: #fff;
  font: 400 14px/1.4 system-ui, sans-serif; }
:host([hidden]) { display: none; }
video { display: block; width: 100%; height: 100%; object-fit: contain; }
.box { position: absolute; inset: 0; outline-offset: -3px; }
.note { position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 10px;
  padding: 12px; background: #05070ab3; text-align: center; }
.note[hidden], .figures[hidden], button[hidden] { display: none; }
.bar { position: absolute; inset: auto 0 0; display: flex; align-items: center; gap: 6px; padding: 28px 10px 8px;
  background: linear-gradient(#0000, #000b); opacity: 0; transition: opacity .2s; }
.box:hover .bar, .box:focus-within .bar, .box:focus .bar { opacity: 1; }
.text { flex: 1; min-width: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis;
  font-variant-numeric: tabular-nums; }
button { min-width: 34px; height: 32px; padding: 0 8px; border: 0; border-radius: 6px; background: #0006; color: #fff;
  font: inherit; cursor: pointer; }
button:hover { background: #fff3; }
svg { display: block; width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.8;
  stroke-linecap: round; stroke-linejoin: round; }
:focus-visible { outline: 2px solid #fff; }
.figures { position: absolute; top: 10px; left: 10px; margin: 0; padding: 8px 12px; border-radius: 8px;
  background: #05070acc; white-space: pre; font-size: 12px; font-variant-numeric: tabular-nums; pointer-events: none; }
`;

let sheet: CSSStyleSheet | undefined;

/** One sheet for every element of a page; a page's own policy for styles does not concern it. */
export function elementStyle(): CSSStyleSheet {
  if (sheet) return sheet;
  sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  return sheet;
}
