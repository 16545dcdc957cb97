DROP FUNCTION claim(text, bigint, double precision, uuid);

-- Leases the next ready unit of work; no row when there is none. Any idle
-- worker then frees what dead ones held, so workers alone recover. p_except:
-- studies that this worker cannot run, as a list.
CREATE FUNCTION claim(
    p_worker text, p_study bigint, p_seconds double precision, p_request uuid, p_except json)
RETURNS TABLE (
    study_id bigint, trial_number integer, rung integer, purpose text, attempt integer,
    resolved text, budget integer, seed numeric, configuration text, artifact text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM lease l WHERE l.request = p_request AND l.worker_id = p_worker) THEN
        -- The fence of the CTE makes LIMIT hold whatever plan is chosen.
        WITH candidate AS MATERIALIZED (
            SELECT w.study_id, w.trial_number, w.rung, w.purpose FROM work w
            WHERE w.state = 'ready' AND w.available_at <= clock_timestamp()
                AND w.study_id BETWEEN coalesce(p_study, 0) AND coalesce(p_study, 9223372036854775807)
                AND w.study_id NOT IN (SELECT e::bigint FROM json_array_elements_text(p_except) e)
            ORDER BY w.study_id, w.purpose, w.trial_number, w.rung
            LIMIT 1 FOR UPDATE SKIP LOCKED
        ), counted AS (
            UPDATE trial t SET
                attempts = t.attempts + 1,
                state = CASE c.purpose WHEN 'train' THEN 'running' ELSE t.state END
            FROM candidate c WHERE t.study_id = c.study_id AND t.number = c.trial_number
            RETURNING c.study_id, c.trial_number, c.rung, c.purpose, t.attempts AS attempt
        ), started AS (
            UPDATE work w SET state = 'running', attempt = c.attempt
            FROM counted c
            WHERE w.study_id = c.study_id AND w.trial_number = c.trial_number
                AND w.rung = c.rung AND w.purpose = c.purpose
            RETURNING c.*
        ), tried AS (
            INSERT INTO attempt (study_id, trial_number, rung, purpose, attempt, worker_id)
            SELECT s.study_id, s.trial_number, s.rung, s.purpose, s.attempt, p_worker FROM started s
        )
        INSERT INTO lease (
            study_id, trial_number, rung, purpose, attempt, worker_id, request, seconds, expires)
        SELECT s.study_id, s.trial_number, s.rung, s.purpose, s.attempt, p_worker, p_request, p_seconds,
               clock_timestamp() + make_interval(secs => p_seconds)
        FROM started s;
        IF NOT FOUND THEN
            PERFORM expire_leases();
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
        SELECT l.study_id, l.trial_number, l.rung, l.purpose, l.attempt,
               s.resolved::text, s.budget, t.seed, t.configuration::text, t.artifact
        FROM lease l
        JOIN study s ON s.id = l.study_id
        JOIN trial t ON t.study_id = l.study_id AND t.number = l.trial_number
        WHERE l.request = p_request AND l.worker_id = p_worker;
END $$;
