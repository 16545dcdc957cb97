-- p_measurements: [{name, value, kind, method}].
CREATE OR REPLACE FUNCTION finish(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_measurements json, p_compute_class text, p_artifact text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT hold_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, 'finished') THEN
        RETURN;
    END IF;
    PERFORM end_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, 'finished', NULL);
    UPDATE work SET state = 'finished'
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose;
    INSERT INTO measurement (study_id, trial_number, name, value, kind, method, attempt)
    SELECT p_study, p_trial, p.name, p.value, p.kind, p.method, p_attempt
    FROM json_to_recordset(p_measurements) AS p(
        name text, value double precision, kind text, method text)
    ON CONFLICT DO NOTHING;
    UPDATE trial SET
        state = 'done', compute_class = p_compute_class, artifact = p_artifact,
        finished_at = clock_timestamp()
    WHERE study_id = p_study AND number = p_trial AND p_purpose = 'train';
END $$;

-- Leases the next ready unit of work; no row when there is none. Any idle
-- worker then frees what dead ones held, so workers alone recover. p_except:
-- studies that this worker cannot run, as a list.
CREATE OR REPLACE FUNCTION claim(
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

CREATE OR REPLACE FUNCTION extend(p_study bigint, p_trials integer)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE study SET
        budget = p_trials,
        state = 'running',
        completed_at = NULL,
        is_test_seen = is_test_seen OR EXISTS (
            SELECT FROM attempt a WHERE a.study_id = p_study AND a.purpose = 'test')
    WHERE id = p_study AND budget < p_trials;
    -- The front may change before the test split is looked at again.
    IF FOUND THEN
        DELETE FROM work
        WHERE study_id = p_study AND purpose = 'test' AND state = 'ready' AND attempt IS NULL;
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM study WHERE id = p_study) THEN
        RAISE EXCEPTION 'there is no study with id %', p_study USING ERRCODE = 'PS002';
    END IF;
END $$;

DROP FUNCTION stop_trials;
DROP FUNCTION promote;

DO $$
DECLARE
    readers text := current_setting('peftsearch.prefix') || 'dashboard';
BEGIN
    PERFORM set_config('search_path', format('%I, %s', readers, current_setting('search_path')), true);
END $$;

DROP VIEW promotions, rung_measurements, measurements, studies;

-- What was measured below the last rung has no place.
DELETE FROM measurement m USING trial t
WHERE t.study_id = m.study_id AND t.number = m.trial_number AND (m.rung <> t.rung OR t.state <> 'done');

DROP INDEX work_claim;
-- The order of claims, over ready work only, so that it stays as small as the queue.
CREATE INDEX work_claim ON work (study_id, purpose, trial_number, rung) WHERE state = 'ready';

ALTER TABLE measurement DROP CONSTRAINT measurement_pkey;
ALTER TABLE measurement DROP COLUMN rung;
ALTER TABLE measurement ADD PRIMARY KEY (study_id, trial_number, name);

DROP TABLE promotion;
ALTER TABLE study DROP COLUMN last_rung;

CREATE VIEW studies AS
SELECT s.id AS study_id, s.name AS study, s.state, s.budget, s.is_test_seen, s.hash,
       s.resolved::jsonb AS resolved, s.created_at, s.completed_at,
       count(t.number) AS trials,
       count(t.number) FILTER (WHERE t.state = 'done') AS done,
       count(t.number) FILTER (WHERE t.state = 'failed') AS failed,
       count(t.number) FILTER (WHERE t.state = 'running') AS running
FROM study s LEFT JOIN trial t ON t.study_id = s.id
GROUP BY s.id;
COMMENT ON VIEW studies IS 'One row a study, with its trials counted by state.';

CREATE VIEW measurements AS
SELECT m.study_id, s.name AS study, m.trial_number, m.name, m.value, m.kind, m.method
FROM measurement m JOIN study s ON s.id = m.study_id;
COMMENT ON VIEW measurements IS 'One row a measurement; an unknown has no row.';
