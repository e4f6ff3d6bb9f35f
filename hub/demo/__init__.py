"""The synthetic borough and its night: people, places and native extracts that belong to nobody."""
