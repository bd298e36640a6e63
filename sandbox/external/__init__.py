"""The telco's other sites, which take over who is signed in at the customer area: one stand-in for all of them."""
