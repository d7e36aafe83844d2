"""The course's diagrams: a module each, with `figure()` and `ALT`; the SVGs are derived."""
