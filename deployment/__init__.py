"""Which build of the workers gets which part of the runs, and whether a build may: for whoever deploys. See docs/deploys.md."""
