"""What is measured. Each module has a ``run`` that is given a ``Plan`` and answers with figures for the report."""
