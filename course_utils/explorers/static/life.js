// life.js: a view's life. What it starts ends with it.

/** Everything that a view starts ends with it: listeners, timers, frames and observers. */
export class Life {
  constructor() {
    this.endings = [];
  }

  /** Do `undo` when the view is destroyed. */
  end(undo) {
    this.endings.push(undo);
  }

  listen(target, type, handler, options) {
    target.addEventListener(type, handler, options);
    this.end(() => target.removeEventListener(type, handler, options));
  }

  /** Call `handler` whenever Python or the page changes one of these values. */
  follow(model, names, handler) {
    for (const name of names) {
      model.on(`change:${name}`, handler);
      this.end(() => model.off(`change:${name}`, handler));
    }
  }

  /** A function that runs `action` once calls to it have paused for `delay` milliseconds. */
  afterPause(delay, action) {
    let timer = 0;
    this.end(() => clearTimeout(timer));
    return () => {
      clearTimeout(timer);
      timer = setTimeout(action, delay);
    };
  }

  /**
   * A function that runs `action` at most once in `delay` milliseconds: for the first call as soon
   * as the caller has finished, for those that follow once the delay is over.
   */
  atMostEvery(delay, action) {
    let timer = 0;
    let again = false;
    const run = () => {
      timer = setTimeout(rest, delay);
      queueMicrotask(action);
    };
    const rest = () => {
      timer = 0;
      if (again) run();
      again = false;
    };
    this.end(() => clearTimeout(timer));
    return () => {
      if (timer) again = true;
      else run();
    };
  }

  /**
   * A function that draws. The first call in a frame draws at once, so that a key press is
   * answered before the frame is shown; further calls in that frame are drawn together in the next.
   */
  drawing(draw) {
    let frame = 0;
    let again = false;
    const next = () => {
      frame = 0;
      if (again) request();
    };
    const request = () => {
      if (frame) {
        again = true;
        return;
      }
      again = false;
      frame = requestAnimationFrame(next);
      draw();
    };
    this.end(() => cancelAnimationFrame(frame));
    return request;
  }

  /** Call `tick(seconds)` in each frame while it returns true; returns a function that starts. */
  animation(tick) {
    let frame = 0;
    let before = 0;
    const turn = (now) => {
      const seconds = Math.min(0.05, (now - before) / 1000);
      before = now;
      frame = tick(seconds) ? requestAnimationFrame(turn) : 0;
    };
    this.end(() => cancelAnimationFrame(frame));
    return () => {
      if (frame) return;
      before = performance.now();
      frame = requestAnimationFrame(turn);
    };
  }

  destroy() {
    while (this.endings.length) this.endings.pop()();
  }
}
