"""The story of the source document, played through the API."""
