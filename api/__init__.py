"""HTTP: routes, schemas, authentication, problem details."""
