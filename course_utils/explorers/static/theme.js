// theme.js: colours by role, on light and on dark pages.

const ROLES = { model: "#0072B2", fake: "#D55E00", prior: "#8C8C8C", fifth: "#7A21DD" };
export const CLASSES = [
  "#332288", "#88CCEE", "#44AA99", "#117733", "#999933",
  "#B8860B", "#CC6677", "#882255", "#AA4499", "#666666",
];

const hexToRgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

/** Relative luminance, as the web's contrast rules define it. */
function luminance(rgb) {
  const [r, g, b] = rgb.map((v) => {
    const s = v / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The colour, mixed with white until it stands out from a dark page by `contrast`. */
function lifted(hex, contrast) {
  const ground = luminance([24, 26, 31]) + 0.05;
  let rgb = hexToRgb(hex);
  while ((luminance(rgb) + 0.05) / ground < contrast) rgb = rgb.map((v) => v + (255 - v) * 0.1);
  return `rgb(${rgb.map(Math.round).join(" ")})`;
}

/** Colours by role, for canvases; style sheets read the same ones as variables. */
export function palette(dark) {
  const lift = (hex) => (dark ? lifted(hex, 4.5) : hex);
  const roles = Object.fromEntries(Object.entries(ROLES).map(([role, hex]) => [role, lift(hex)]));
  return {
    ...roles,
    dark,
    classes: CLASSES.map(lift),
    data: dark ? "#f2f3f5" : "#000000",
    paper: dark ? "#181a1f" : "#ffffff",
    ink: dark ? "#e6e8eb" : "#1f2328",
    soft: dark ? "#a3abb5" : "#5c6570",
    faint: dark ? "#353a43" : "#d8dce1",
  };
}

/** Is the page around `host` dark? Front ends say so; otherwise its background or the system does. */
export function isDark(host) {
  const { body, documentElement } = host.ownerDocument;
  const said = body.dataset.jpThemeLight ?? documentElement.dataset.jpThemeLight;
  if (said) return said === "false";
  if (body.classList.contains("vscode-dark")) return true;
  if (body.classList.contains("vscode-light")) return false;
  const theme = documentElement.getAttribute("theme") ?? documentElement.dataset.theme;
  if (theme) return theme.includes("dark");
  for (let node = host; node; node = node.parentElement) {
    const found = getComputedStyle(node).backgroundColor.match(/[\d.]+/g); // none while a page is rebuilt
    const [r, g, b, a = 1] = found ? found.map(Number) : [0, 0, 0, 0];
    if (a > 0.5) return luminance([r, g, b]) < 0.2;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}
