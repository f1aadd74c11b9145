"""The CRM database: migrations, the pool, and one module of queries for each aggregate."""
