"""May this extract come in, and what rows does it hold? Rules at the door: manifest, bytes, rows, times."""
