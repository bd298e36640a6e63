"""The telco's vocabulary: immutable records and pure rules. No I/O, no clock, no legacy word, no GraphQL word."""
