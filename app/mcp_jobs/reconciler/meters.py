"""The names of the reconciler's metrics. Dashboard and alert rules use exactly these."""

LAG = "mcp_jobs_lag"
OLDEST_AGE = "mcp_jobs_oldest_unclaimed_age_seconds"
CLAIMED = "mcp_jobs_claimed"
ORPHANS = "mcp_jobs_orphans"
LAST_LOOK = "mcp_jobs_last_look_timestamp_seconds"
#: gauges that only the leader knows
GAUGES = (LAG, OLDEST_AGE, CLAIMED, ORPHANS, LAST_LOOK)

OUTCOMES = "mcp_jobs_outcomes_total"
DURATION = "mcp_jobs_duration_seconds"
RETRIES = "mcp_jobs_retries_total"
DEAD_LETTERS = "mcp_jobs_dead_letters_total"
SURPLUS_RUNS = "mcp_jobs_surplus_runs_total"
ORPHANS_SETTLED = "mcp_jobs_orphans_settled_total"
FRONTIER_ALARMS = "mcp_jobs_frontier_alarms_total"
