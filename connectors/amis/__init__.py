"""AMIS CRM of MISA, by its Open API v2, as far as that is publicly known; docs/connections.md says what is a guess."""
