"""HTTP: the GraphQL endpoint, GraphiQL, health, metrics. The only place that knows requests and answers."""
