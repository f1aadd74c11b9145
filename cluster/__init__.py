"""The product with a Temporal cluster of several processes, on one machine: what ``make cluster`` runs.

Every role of Temporal is a process of its own on PostgreSQL, and there are two APIs and two workers behind a balancer, so that
any of them may die, hang or be restarted while people work. It shares with ``embedded`` how processes are kept running.
"""
