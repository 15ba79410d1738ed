"""The promises: what enforces each clause of the policy, which tests prove it, and that they would notice its loss."""
