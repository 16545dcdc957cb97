DROP FUNCTION request_replicates;

-- p_versions: [{version, members, hypervolume, cause}].
CREATE OR REPLACE FUNCTION append_front(p_study bigint, p_epoch integer, p_versions json)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    WITH given AS (
        SELECT * FROM json_to_recordset(p_versions) AS p(
            version integer, members json, hypervolume double precision, cause integer)
    ), added AS (
        INSERT INTO front_version (study_id, version, hypervolume, cause)
        SELECT p_study, version, hypervolume, cause FROM given
        ON CONFLICT DO NOTHING
        RETURNING version
    )
    INSERT INTO front_member (study_id, version, trial_number)
    SELECT p_study, version, member::integer
    FROM added JOIN given USING (version), json_array_elements_text(members) AS member;
END $$;

-- Leases the next ready unit of work; no row when there is none. Any idle
-- worker then frees what dead ones held, so workers alone recover. p_except:
-- studies that this worker cannot run, as a list.
CREATE OR REPLACE FUNCTION claim(
    p_worker text, p_study bigint, p_seconds double precision, p_request uuid, p_except json)
RETURNS TABLE (
    study_id bigint, trial_number integer, rung integer, purpose text, attempt integer,
    resolved text, budget integer, seed numeric, configuration text, artifact text,
    parent_configuration text, parent_artifact text)
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
               s.resolved::text, s.budget, t.seed, t.configuration::text, t.artifact,
               p.configuration::text, p.artifact
        FROM lease l
        JOIN study s ON s.id = l.study_id
        JOIN trial t ON t.study_id = l.study_id AND t.number = l.trial_number
        LEFT JOIN trial p ON p.study_id = t.study_id AND p.number = t.parent
        WHERE l.request = p_request AND l.worker_id = p_worker;
END $$;

-- p_measurements: [{name, value, kind, method}].
-- p_derived: [{configuration, hash, method, artifact, measurements}], the configuration as a
-- string, so that its text is stored untouched.
CREATE OR REPLACE FUNCTION finish(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_measurements json, p_compute_class text, p_artifact text, p_derived json)
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
    INSERT INTO derived_result (study_id, trial_number, place, configuration, configuration_hash, method,
                                artifact, measurements, attempt)
    SELECT p_study, p_trial, d.place - 1, (d.result ->> 'configuration')::json, d.result ->> 'hash',
           d.result ->> 'method', d.result ->> 'artifact', d.result -> 'measurements', p_attempt
    FROM json_array_elements(p_derived) WITH ORDINALITY AS d(result, place)
    WHERE p_purpose = 'train';
END $$;

-- Ends the running attempt of locked work as a failure: tried again, or final.
CREATE OR REPLACE FUNCTION end_in_failure(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_reason text, p_detail text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM end_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, p_reason, p_detail);
    UPDATE work SET
        crashes = crashes + (p_reason = 'crashed')::integer,
        losses = losses + (p_reason = 'lost')::integer
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose;
    IF NOT is_hopeless(p_study, p_trial, p_rung, p_purpose, p_reason) THEN
        PERFORM make_ready(
            p_study, p_trial, p_rung, p_purpose, backoff(p_study, p_trial, p_rung, p_purpose, p_reason));
        RETURN;
    END IF;
    UPDATE work SET state = 'finished'
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose;
    -- A test that fails leaves its trial done, without test measurements.
    UPDATE trial SET
        state = 'failed', failure_reason = p_reason, failure_detail = p_detail,
        finished_at = clock_timestamp()
    WHERE study_id = p_study AND number = p_trial AND p_purpose = 'train';
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

DROP VIEW replicates, attempts, front_versions;

DROP TABLE replicate;

-- Their attempts go with them. The fronts that they made stay.
DELETE FROM work WHERE purpose = 'replicate';
ALTER TABLE work DROP CONSTRAINT work_purpose_check;
ALTER TABLE work ADD CONSTRAINT work_purpose_check CHECK (purpose IN ('train', 'test'));
COMMENT ON COLUMN work.rung IS NULL;

ALTER TABLE front_version DROP COLUMN is_replicated;

CREATE VIEW attempts AS
SELECT a.study_id, s.name AS study, a.trial_number, a.attempt, a.purpose, a.rung, a.worker_id, w.host,
       a.outcome, a.detail, a.claimed_at, a.ended_at
FROM attempt a JOIN study s ON s.id = a.study_id JOIN worker w ON w.id = a.worker_id;
COMMENT ON VIEW attempts IS 'One row a try of a worker at a trial.';

CREATE VIEW front_versions AS
SELECT f.study_id, s.name AS study, f.version, f.hypervolume, f.cause, f.created_at
FROM front_version f JOIN study s ON s.id = f.study_id;
COMMENT ON VIEW front_versions IS 'One row a change of a front.';
