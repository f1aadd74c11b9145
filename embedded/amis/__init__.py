"""A stand-in for AMIS CRM: a small server that answers as its Open API v2 does, as far as that is publicly known, oddities included.

What is known, from public material, and imitated: the addresses, the token, the envelope, pages from 0 of most lists and from 1 of
the product ledger, the names of an order's fields, and the oddities of ``embedded.amis.oddities``, each of which somebody has met.

What is a guess: how several ids are written in ``ids`` (with commas); that wrong credentials are answered with ``success: false``;
what ``code`` is besides; that ``modified_date`` has milliseconds; what a deleted order looks like (it is in no list any more);
that the API can sort by ``modified_date``; the names of fields of products, customers and stocks, and how pages of stocks are counted.
Who connects the real one finds in docs/connections.md how to check each of these.

It holds orders, products, customers, stocks and the ledger only: nothing of ours reads anything else. Its data is made up, and it belongs to nobody.
"""
