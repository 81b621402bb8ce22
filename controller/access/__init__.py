"""Who calls the service, and what he may do: identities from certificates, roles, limits. See docs/security.md."""
