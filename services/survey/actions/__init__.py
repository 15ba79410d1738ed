"""The use cases of surveys, one function each."""
