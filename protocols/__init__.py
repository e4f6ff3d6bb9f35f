"""The only words both sides share: dataset contracts, protocol documents and the wire format."""
