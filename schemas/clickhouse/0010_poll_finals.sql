-- The final result of each poll, a row a choice, the winner first: by weight, as the poll's result
-- is told. (The view before had each choice's numbers of its title, so that they were 0.)
CREATE OR REPLACE VIEW poll_finals AS
SELECT
    poll_id,
    JSONExtractString(result, 'title') AS title,
    JSONExtractString(result, 'status') AS status,
    JSONExtractUInt(result, 'voters') AS voters,
    JSONExtractString(part, 'id') AS choice_id,
    JSONExtractString(part, 'title') AS choice,
    JSONExtractUInt(part, 'votes') AS votes,
    JSONExtractUInt(part, 'weight') AS weight,
    round(weight / greatest(arraySum(one -> JSONExtractUInt(one, 'weight'), parts), 1), 4) AS share,
    JSONExtractUInt(result, 'late_rejected') AS late_rejected,
    counted_until AS final_at
FROM
(
    SELECT poll_id, argMax(result, revision) AS result, max(counted_until) AS counted_until,
        JSONExtractArrayRaw(result, 'choices') AS parts
    FROM poll_results
    WHERE event = 'final'
    GROUP BY poll_id
)
ARRAY JOIN parts AS part
ORDER BY poll_id, weight DESC, votes DESC, choice_id;
