"""Other systems that people, goods and orders come from: a package for each, and how what changes in one is followed."""
