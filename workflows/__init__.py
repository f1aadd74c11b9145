"""What is durable: the workflow of a purchase request and the contract with those who talk to it."""
