"""What the product can do, said once: for the API, the pages and the workflows' activities. Knows no HTTP."""
