-- The curve by minute, region and choice; `poll_minutes` has all regions together.
CREATE VIEW IF NOT EXISTS poll_region_minutes AS
SELECT
    poll_id, minute, region, choice, entered,
    sum(net) OVER (PARTITION BY poll_id, region, choice ORDER BY minute) AS standing
FROM
(
    SELECT poll_id, toStartOfMinute(arrived_at) AS minute, region, choice,
        countIf(n > 0) AS entered, sum(n) AS net
    FROM poll_changes
    GROUP BY poll_id, minute, region, choice
)
ORDER BY poll_id, minute, region, choice;
