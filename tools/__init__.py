"""The production line: set up, derive, execute, lint. Small, boring, tested."""
