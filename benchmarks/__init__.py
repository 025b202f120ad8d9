"""benchmarks: measurements that anyone can run; none of them is a test."""
