// style.js: the look that all explorers share.

export const COMMON = `
:host { display: block; color-scheme: light; }
:host([data-theme="dark"]) { color-scheme: dark; }
* { box-sizing: border-box; }
.explorer { container-type: inline-size; margin: 0; padding: 14px 16px 16px;
  max-width: var(--explorer-width, 780px);
  border: 1px solid var(--faint); border-radius: 10px; background: var(--paper); color: var(--ink);
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  font-variant-numeric: tabular-nums; text-align: left; }
.task { margin: 0 0 12px; font-weight: 600; text-wrap: balance; }
.task:empty { display: none; }
.pair { display: grid; gap: 14px 20px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr)); }
@container (min-width: 1000px) { .stage { columns: 2; column-gap: 32px; }
  figure { break-inside: avoid; } figure + :not(figure) { break-before: column; } }
figure { margin: 0; min-width: 0; }
figcaption { margin-top: 5px; color: var(--soft); font-size: 13px; }
h3 { margin: 0 0 6px; font-size: 14px; }
.plane { position: relative; width: 100%; aspect-ratio: var(--ratio); border: 1px solid var(--faint); border-radius: 6px;
  overflow: hidden; touch-action: none; cursor: crosshair; user-select: none; }
@container (max-width: 480px) { .plane { aspect-ratio: var(--narrow); } }
.plane canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.picture { display: block; width: 100%; aspect-ratio: 1; border: 1px solid var(--faint);
  border-radius: 6px; image-rendering: pixelated; }
.sliders { display: grid; gap: 4px 24px; margin-top: 12px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr)); }
.slider { display: grid; grid-template-columns: minmax(2.2em, max-content) minmax(60px, 1fr) 4.2em;
  align-items: center; gap: 10px; }
.slider .value { text-align: right; }
input[type="range"] { width: 100%; min-width: 0; height: 24px; margin: 0; accent-color: var(--model); }
.bar { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; margin-top: 12px; }
button { font: inherit; min-height: 32px; padding: 4px 12px; color: var(--ink); cursor: pointer;
  background: var(--paper); border: 1px solid var(--soft); border-radius: 6px; }
button:hover { border-color: var(--model); color: var(--model); }
button[aria-pressed="true"] { background: var(--model); border-color: var(--model); color: var(--paper); }
.hint { color: var(--soft); font-size: 13px; }
:focus-visible { outline: 3px solid var(--model); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
[hidden] { display: none !important; }
@media (forced-colors: active) { .plane, .picture { forced-color-adjust: none; } }
`;
