"""Publishing: the policy, the cookie table, the deletion page and the record of processing, from one manifest."""
