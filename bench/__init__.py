"""The benchmark: how fast the product is, beside the engine's own floor and beside what people would use instead."""
