"""The demo world: a mail hub on loopback and a cast who read their mail and act."""
