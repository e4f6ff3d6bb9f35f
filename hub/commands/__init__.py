"""The hub's commands, a file per subject, joined in `hub.__main__`. `site` is the wiring."""
