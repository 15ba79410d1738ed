"""The workshop's small scripts: environment, web build, browser, suites, checks, screenshots. No product code."""
