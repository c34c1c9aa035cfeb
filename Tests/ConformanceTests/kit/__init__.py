"""What the conformance tests share: a real mesh, its contract, its people and its callers."""
