// Formulas are set first, so that a slide has its final size when the deck starts. The fragment
// around an explorer keeps its keys: what happens inside it does not turn the slide.
function inExplorer(event) {
  return event.composedPath().some((node) => node.classList?.contains("course-explorer"));
}

function nameTheParts() {
  const noted = document.querySelector(".slide-number a");
  if (noted) noted.setAttribute("aria-label", "This slide's address");
  for (const wide of document.querySelectorAll(".reveal mjx-container[display=true]"))
    wide.setAttribute("tabindex", "-1");
}

document.addEventListener("keydown", (event) => { if (inExplorer(event)) event.stopPropagation(); });

MathJax.startup.promise
  .then(() => MathJax.typesetPromise())
  .then(() => Reveal.initialize({
    width: 1280, height: 720, margin: 0.02, center: false, hash: true, slideNumber: "c/t",
    transition: "none", backgroundTransition: "none", pdfSeparateFragments: false,
    pdfMaxPagesPerSlide: 1, plugins: [RevealNotes],
  }))
  .then(nameTheParts);
