"""Word lists of our own: jargon that stays, names that ordinary packages lack, nicknames. One list a file."""
