"""The services. None of them imports another: they talk through the contract."""
