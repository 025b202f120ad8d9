"""builders: generators and cleaners that make the datasets, every answer proved."""
