"""People and organisations: accounts, their users, log-ins and activity."""
