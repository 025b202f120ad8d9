"""leaderboards: ranked tables of runs, and the paper's published rows."""
