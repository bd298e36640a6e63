"""The customer area's backend-for-frontend: one GraphQL schema over the mobile and the fixed legacy systems."""
