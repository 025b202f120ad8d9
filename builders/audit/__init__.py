"""audit: does a dataset's folder keep what its card promises?"""
