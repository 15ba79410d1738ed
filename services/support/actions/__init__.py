"""The use cases of the support desk, one function each."""
