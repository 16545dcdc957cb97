DROP FUNCTION derive;

DROP FUNCTION finish(bigint, integer, integer, text, integer, json, text, text, json);

-- p_measurements: [{name, value, kind, method}].
CREATE FUNCTION finish(
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
    INSERT INTO measurement (study_id, trial_number, rung, name, value, kind, method, attempt)
    SELECT p_study, p_trial, p_rung, p.name, p.value, p.kind, p.method, p_attempt
    FROM json_to_recordset(p_measurements) AS p(
        name text, value double precision, kind text, method text)
    ON CONFLICT DO NOTHING;
    IF p_purpose = 'train' AND p_rung < (SELECT last_rung FROM study WHERE id = p_study) THEN
        UPDATE trial SET state = 'paused' WHERE study_id = p_study AND number = p_trial;
        RETURN;
    END IF;
    UPDATE trial SET
        state = 'done', compute_class = p_compute_class, artifact = p_artifact,
        finished_at = clock_timestamp()
    WHERE study_id = p_study AND number = p_trial AND p_purpose = 'train';
END $$;

DROP FUNCTION claim(text, bigint, double precision, uuid, json);

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
            ORDER BY w.study_id, w.purpose, w.rung DESC, w.trial_number
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

DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema());
END $$;

DO $$
DECLARE
    readers text := current_setting('peftsearch.prefix') || 'dashboard';
BEGIN
    PERFORM set_config('search_path', format('%I, %s', readers, current_setting('search_path')), true);
END $$;

DROP VIEW trials, studies;

-- One configuration is one trial. Numbers have no gaps, so those that follow
-- again are told apart by a hash of their own.
UPDATE trial t SET configuration_hash = encode(
    sha256(convert_to(t.configuration_hash || ' ' || t.number, 'UTF8')), 'hex')
WHERE t.parent IS NOT NULL AND EXISTS (
    SELECT FROM trial o WHERE o.study_id = t.study_id AND o.configuration_hash = t.configuration_hash
        AND o.number <> t.number);
DROP INDEX trial_proposed_once, trial_derived_once;
ALTER TABLE trial ADD UNIQUE (study_id, configuration_hash);

-- What derived trials measured has no place.
DELETE FROM measurement WHERE attempt IS NULL;
ALTER TABLE measurement DROP CONSTRAINT measurement_trial;
ALTER TABLE measurement ALTER COLUMN attempt SET NOT NULL;

DROP TABLE derived_result;

CREATE VIEW studies AS
SELECT s.id AS study_id, s.name AS study, s.state, s.budget, s.is_test_seen, s.hash,
       s.resolved::jsonb AS resolved, s.created_at, s.completed_at,
       count(t.number) AS trials,
       count(t.number) FILTER (WHERE t.state = 'done') AS done,
       count(t.number) FILTER (WHERE t.state = 'failed') AS failed,
       count(t.number) FILTER (WHERE t.state = 'running') AS running,
       count(t.number) FILTER (WHERE t.state = 'paused') AS paused,
       count(t.number) FILTER (WHERE t.state = 'stopped') AS stopped
FROM study s LEFT JOIN trial t ON t.study_id = s.id
GROUP BY s.id;
COMMENT ON VIEW studies IS 'One row a study, with its trials counted by state.';

CREATE VIEW trials AS
SELECT t.study_id, s.name AS study, t.number, t.state, t.seed, t.rung, t.parent, t.label,
       t.assignment::jsonb AS assignment, t.configuration::jsonb AS configuration,
       t.configuration_hash, t.compute_class, t.artifact, t.failure_reason, t.failure_detail,
       t.virtual_start, t.virtual_finish, t.proposed_at, t.finished_at
FROM trial t JOIN study s ON s.id = t.study_id;
COMMENT ON VIEW trials IS 'One row a trial: what was proposed and what came of it.';
