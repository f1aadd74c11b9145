"""HTTP: routes, schemas, authentication, problem details, and the application service that pages share with them."""
