"""The contract: what crosses a boundary is declared here once, and everything else is derived from it."""
