DROP FUNCTION lease_next, leased, lock_ready;

-- p_trials: [{number, seed, parent, label, assignment, configuration, hash, start, finish}],
-- with both documents as strings, so that their text is stored untouched.
CREATE OR REPLACE FUNCTION propose(p_study bigint, p_epoch integer, p_trials json)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    stray integer;
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    WITH added AS (
        INSERT INTO trial (study_id, number, seed, parent, label, assignment, configuration,
                           configuration_hash, virtual_start, virtual_finish)
        SELECT p_study, p.number, p.seed, p.parent, p.label, p.assignment::json, p.configuration::json,
               p.hash, p.start, p.finish
        FROM json_to_recordset(p_trials) AS p(
            number integer, seed numeric, parent integer, label text, assignment text,
            configuration text, hash text, start bigint, finish bigint)
        ORDER BY p.number
        ON CONFLICT (study_id, number) DO NOTHING
        RETURNING number)
    INSERT INTO work (study_id, trial_number, rung, purpose)
    SELECT p_study, number, 0, 'train' FROM added;

    SELECT min(p.number) INTO stray
    FROM json_to_recordset(p_trials) AS p(number integer)
    WHERE p.number > 0 AND NOT EXISTS (
        SELECT FROM trial t WHERE t.study_id = p_study AND t.number = p.number - 1);
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'trial % was proposed before trial %', stray, stray - 1 USING ERRCODE = 'PS003';
    END IF;
END $$;

-- Locks the unit of work. True when the attempt runs; false when it already
-- ended with this outcome, so that the call is a repeat.
CREATE OR REPLACE FUNCTION hold_attempt(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer, p_outcome text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM work
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose
    FOR UPDATE;
    IF EXISTS (
        SELECT FROM work
        WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose
            AND state = 'running' AND attempt = p_attempt)
    THEN
        RETURN true;
    END IF;
    IF EXISTS (
        SELECT FROM attempt
        WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose
            AND attempt = p_attempt AND outcome = p_outcome)
    THEN
        RETURN false;
    END IF;
    RAISE EXCEPTION 'attempt % at trial % of study % no longer runs', p_attempt, p_trial, p_study
        USING ERRCODE = 'PS001';
END $$;

-- Ends the running attempt of locked work.
CREATE OR REPLACE FUNCTION end_attempt(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_outcome text, p_detail text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DELETE FROM lease
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose;
    UPDATE attempt SET outcome = p_outcome, detail = p_detail, ended_at = clock_timestamp()
    WHERE study_id = p_study AND trial_number = p_trial AND attempt = p_attempt;
$$;

-- Seconds until failed work is tried again. Work that was lost has already
-- waited for its lease to run out.
CREATE OR REPLACE FUNCTION backoff(p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_reason text)
RETURNS double precision LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT CASE WHEN p_reason = 'lost' THEN 0
        ELSE least(p.backoff_limit_seconds, p.backoff_seconds * 2 ^ (least(a.failures, 30) - 1)) END
    FROM retry_policy p, (
        SELECT count(*) AS failures FROM attempt
        WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose
            AND outcome IN ('crashed', 'timed_out', 'out_of_memory')) a;
$$;

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
               s.resolved::text, s.budget, coalesce(r.seed, t.seed), t.configuration::text,
               CASE WHEN r.seed IS NULL THEN t.artifact END, p.configuration::text, p.artifact
        FROM lease l
        JOIN study s ON s.id = l.study_id
        JOIN trial t ON t.study_id = l.study_id AND t.number = l.trial_number
        LEFT JOIN trial p ON p.study_id = t.study_id AND p.number = t.parent
        LEFT JOIN replicate r ON l.purpose = 'replicate'
            AND r.study_id = l.study_id AND r.trial_number = l.trial_number AND r.number = l.rung
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
    IF p_purpose = 'replicate' THEN
        UPDATE replicate SET measurements = p_measurements, compute_class = p_compute_class
        WHERE study_id = p_study AND trial_number = p_trial AND number = p_rung;
        RETURN;
    END IF;
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

ALTER TABLE controller DROP COLUMN first_open;
ALTER TABLE trial RESET (fillfactor);
ALTER TABLE work RESET (autovacuum_vacuum_scale_factor);
ALTER TABLE lease RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
DROP INDEX work_beside_training, trial_by_finish, promotion_by_finish, trial_labelled, lease_request, study_open;

DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema());
END $$;

DO $$
DECLARE
    readers text := current_setting('peftsearch.prefix') || 'dashboard';
BEGIN
    PERFORM set_config('search_path', format('%I, %s', readers, current_setting('search_path')), true);
END $$;

CREATE OR REPLACE VIEW studies AS
SELECT s.id AS study_id, s.name AS study, s.state, s.budget, s.is_test_seen, s.hash,
       s.resolved::jsonb AS resolved, s.created_at, s.completed_at,
       count(t.number) FILTER (WHERE t.parent IS NULL) AS trials,
       count(t.number) FILTER (WHERE t.state = 'done' AND t.parent IS NULL) AS done,
       count(t.number) FILTER (WHERE t.state = 'failed') AS failed,
       count(t.number) FILTER (WHERE t.state = 'running') AS running,
       count(t.number) FILTER (WHERE t.state = 'paused') AS paused,
       count(t.number) FILTER (WHERE t.state = 'stopped') AS stopped,
       count(t.parent) AS derived
FROM study s LEFT JOIN trial t ON t.study_id = s.id
GROUP BY s.id;

DROP TRIGGER trial_counted_when_added ON trial;
DROP TRIGGER trial_counted_when_changed ON trial;
DROP FUNCTION count_trial;
DROP TABLE trial_count;
