// core.js: the frame of every explorer, in a notebook and on a page without Python.

import { Life } from "./life.js";
import { COMMON } from "./style.js";
import { isDark, palette } from "./theme.js";

/** An element with attributes and children; text is text. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/**
 * Put an explorer into `el`: a frame with its task, a theme that follows the page, one voice for
 * screen readers. `build(view)` fills the frame and sets `view.draw` and `view.sentence`.
 */
export function explore({ model, el }, { name, style = "", build }) {
  const life = new Life();
  const root = el.shadowRoot || el.attachShadow({ mode: "open" });
  const task = make("p", { class: "task" });
  const stage = make("div", { class: "stage" });
  const status = make("p", { class: "unseen", role: "status", "aria-live": "polite" });
  const frame = make("section", { class: "explorer", "aria-label": name }, task, stage, status);
  root.replaceChildren(make("style", {}, COMMON + style), frame);
  el.dataset.lmSuppressShortcuts = "true"; // JupyterLab's own shortcuts stay out

  const view = { model, life, stage, colours: palette(false), draw() {}, sentence: () => "" };
  view.redraw = life.drawing(() => {
    if (stage.clientWidth) view.draw(); // hidden: drawn when it comes into sight
  });
  view.say = life.afterPause(400, () => (status.textContent = view.sentence()));
  view.save = life.atMostEvery(100, () => model.save_changes());
  /** Change a value here and in Python; Python hears of it at most ten times a second. */
  view.set = (key, value) => {
    model.set(key, value);
    view.save();
    view.say();
  };

  const paint = () => {
    view.colours = palette(isDark(el));
    el.dataset.theme = view.colours.dark ? "dark" : "light";
    for (const role of ["model", "fake", "fifth", "data", "paper", "ink", "soft", "faint"])
      frame.style.setProperty(`--${role}`, view.colours[role]);
  };
  const repaint = life.afterPause(50, () => {
    paint(); // not at once: a front end that changes its theme loads style sheets first
    view.restyle?.();
    view.redraw();
  });
  const write = () => (task.textContent = model.get("task"));
  life.follow(model, ["task"], write);
  life.listen(matchMedia("(prefers-color-scheme: dark)"), "change", repaint);
  const themes = new MutationObserver(repaint);
  for (const node of [document.body, document.documentElement])
    themes.observe(node, { attributes: true, attributeFilter: ["class", "theme", "data-theme", "data-jp-theme-light"] });
  life.end(() => themes.disconnect());
  life.listen(frame, "keydown", keepKeys);

  write();
  paint();
  build(view);
  for (const Observer of [ResizeObserver, IntersectionObserver]) {
    const observer = new Observer(() => view.redraw());
    observer.observe(stage);
    life.end(() => observer.disconnect());
  }
  life.listen(window, "resize", view.redraw); // zooming changes the density of pixels, not the size
  view.redraw();

  return () => {
    life.destroy();
    root.replaceChildren();
  };
}

/** Keys that are meant for the explorer do not turn a slide or run a cell. */
function keepKeys(event) {
  if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape") event.stopPropagation();
}

/** Stands in for Python's model on a page without Python. */
export function stub(state) {
  const values = { ...state };
  const handlers = new Map();
  return {
    handlers,
    get: (key) => values[key],
    set(key, value) {
      values[key] = value;
      for (const handler of [...(handlers.get(`change:${key}`) ?? [])]) handler();
    },
    on(event, handler) {
      if (!handlers.has(event)) handlers.set(event, new Set());
      handlers.get(event).add(handler);
    },
    off: (event, handler) => handlers.get(event)?.delete(handler),
    save_changes() {},
  };
}

/** Fill the places of an exported page that bear this mark and are still empty. */
export function place(mark, render, state) {
  for (const el of document.querySelectorAll(`[data-explorer="${mark}"]`)) {
    if (el.shadowRoot) continue;
    const model = stub(state);
    el.explorer = { model, destroy: render({ model, el }) };
  }
}
